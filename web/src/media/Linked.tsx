import { useTranslation } from "react-i18next";
import { CopyButton } from "../ui/Copyable";
import { cut } from "./brief";
import type { Size } from "./extent";
import { Tree } from "./Tree";

/** An address of bytes that are not kept here. It is never followed by itself. */
export function Linked({ uri, more, size }: { uri: string; more: unknown; size: Size }) {
  const { t } = useTranslation();
  const web = /^https?:\/\//i.test(uri);
  return (
    <span className={`media-link as-${size}`}>
      {web ? (
        <a href={uri} target="_blank" rel="noopener noreferrer nofollow" title={uri}>
          {size === "cell" ? cut(uri, 80) : uri}
        </a>
      ) : (
        <code title={uri}>{size === "cell" ? cut(uri, 80) : uri}</code>
      )}
      {size !== "cell" && <CopyButton text={uri} label={t("media.copyLink")} />}
      {size === "full" && <Tree value={{ ...(more as object) }} size="full" name="" />}
    </span>
  );
}
