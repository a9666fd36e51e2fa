import { PlayCircleFilled } from "@ant-design/icons";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Size } from "./extent";
import FileView from "./FileView";
import { useLasting } from "./lasting";
import { useSeen } from "./seen";
import type { Source } from "./value";

const Dialog = lazy(() => import("./Dialog"));

/** A video: its first picture where there is little room, the whole of it on demand. */
export default function Film({ source, size }: { source: Source; size: Size }) {
  const { t } = useTranslation();
  const [broken, setBroken] = useState(false);
  const [open, setOpen] = useState(false);
  const [place, seen] = useSeen<HTMLButtonElement>();
  const name = source.name || t("media.video");
  const lasting = useLasting(source.url, () => setBroken(true));
  if (!source.url || broken) return <FileView source={source} size={size} />;
  if (size === "full") return <Player source={source} name={name} fail={() => setBroken(true)} />;
  return (
    <>
      <button
        type="button"
        ref={place}
        className={`media-thumb film as-${size}`}
        aria-label={t("media.openVideo", { name })}
        onClick={(event) => {
          event.stopPropagation();
          setOpen(true);
        }}
      >
        {seen && <video {...lasting} preload="metadata" muted tabIndex={-1} />}
        <PlayCircleFilled aria-hidden />
      </button>
      {open && (
        <Suspense fallback={null}>
          <Dialog title={name} close={() => setOpen(false)} wide>
            <Player source={source} name={name} fail={() => setBroken(true)} />
          </Dialog>
        </Suspense>
      )}
    </>
  );
}

function Player({ source, name, fail }: { source: Source; name: string; fail: () => void }) {
  const lasting = useLasting(source.url, fail);
  return <video className="media-player" {...lasting} aria-label={name} controls preload="metadata" />;
}
