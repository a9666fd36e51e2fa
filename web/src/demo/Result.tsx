import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { objectOf, textOf } from "../jobs/plan";
import { useAddress } from "./Inputs";
import { bytesOf } from "./values";

/** What a function has returned: pictures and sounds as such, all else as text. */
export function Result({ value }: { value: unknown }) {
  if (Array.isArray(value) && value.length > 0 && value.some(isMedia))
    return (
      <div className="demo-gallery">
        {value.map((each, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: results have no other name
          <Result key={at} value={each} />
        ))}
      </div>
    );
  if (isMedia(value)) return <Shown media={objectOf(value)} />;
  return (
    <pre className="demo-text">{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre>
  );
}

function isMedia(value: unknown): boolean {
  const found = objectOf(value);
  return "_type" in found && typeof found.data === "string" && typeof found.mime_type === "string";
}

function Shown({ media }: { media: Record<string, unknown> }) {
  const { t } = useTranslation();
  const type = textOf(media.mime_type);
  const seen = /^(image|audio|video)\//.test(type);
  const data = textOf(media.data);
  // What is no picture and no sound is never opened as a page of ours, whatever it says it is.
  const bytes = useMemo(
    () => new Blob([bytesOf(data)], { type: seen ? type : "application/octet-stream" }),
    [data, type, seen],
  );
  const address = useAddress(bytes);
  const name = textOf(media.display_name) || t("demo.result");
  if (!address) return null;
  return (
    <figure className="demo-media">
      <Player type={type} address={address} name={name} />
      <figcaption>
        <a href={address} download={name}>
          {t("demo.download", { name })}
        </a>
      </figcaption>
    </figure>
  );
}

function Player({ type, address, name }: { type: string; address: string; name: string }) {
  if (type.startsWith("image/")) return <img src={address} alt={name} />;
  // biome-ignore lint/a11y/useMediaCaption: what a model has made has no captions
  if (type.startsWith("audio/")) return <audio src={address} controls aria-label={name} />;
  // biome-ignore lint/a11y/useMediaCaption: what a model has made has no captions
  if (type.startsWith("video/")) return <video src={address} controls aria-label={name} />;
  return null;
}
