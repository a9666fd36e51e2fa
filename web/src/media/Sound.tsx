import { CaretRightFilled, PauseOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { type SyntheticEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Size } from "./extent";
import FileView from "./FileView";
import { useLasting } from "./lasting";
import { clock } from "./measures";
import { type Player, usePlayer, useSound } from "./player";
import { useSeen } from "./seen";
import type { Source } from "./value";
import { Wave } from "./Wave";

const LARGEST = { cell: 4 << 20, card: 4 << 20, full: 48 << 20 };

/** A sound with its waveform, which is also where one seeks, by pointer and by key. */
export default function Sound({ source, size }: { source: Source; size: Size }) {
  const { t } = useTranslation();
  const [place, seen] = useSeen<HTMLSpanElement>();
  const [broken, setBroken] = useState(false);
  const short = source.size !== null && source.size <= LARGEST[size];
  const sound = useSound(source.url, LARGEST[size], seen && short);
  const player = usePlayer(sound.data?.seconds ?? Number.NaN);
  const { src, onLoadedMetadata, onError, sought } = useLasting(source.url, () => setBroken(true));
  if (!source.url || broken) return <FileView source={source} size={size} />;
  const { audio, running, now, end, toggle } = player;
  const seek = (to: number): void => {
    sought(to);
    player.seek(to);
  };
  return (
    // biome-ignore lint/a11y: what is pressed in here is no business of the row around it
    <span ref={place} className={`media-sound as-${size}`} onClick={(event) => event.stopPropagation()}>
      <audio
        ref={audio}
        src={seen ? src : undefined}
        preload={size === "full" ? "metadata" : "none"}
        {...heard(player)}
        onLoadedMetadata={(event) => {
          onLoadedMetadata();
          player.learn(event.currentTarget);
        }}
        onError={onError}
      />
      <Button
        type="text"
        size={size === "full" ? "middle" : "small"}
        icon={running ? <PauseOutlined aria-hidden /> : <CaretRightFilled aria-hidden />}
        aria-label={t(running ? "media.pause" : "media.play")}
        onClick={toggle}
      />
      <Wave peaks={sound.data?.peaks ?? []} now={now} end={end} seek={seek} toggle={toggle} />
      <span className="media-clock">
        {size === "cell" ? clock(running ? now : end) : `${clock(now)} / ${clock(end)}`}
      </span>
      {size === "full" && !short && <span className="faint">{t("media.tooLong")}</span>}
    </span>
  );
}

function heard({ learn }: Player) {
  const act = (event: SyntheticEvent<HTMLAudioElement>): void => learn(event.currentTarget);
  return { onTimeUpdate: act, onPlay: act, onPause: act, onEnded: act };
}
