import { DownloadOutlined } from "@ant-design/icons";
import { type MouseEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { renewed } from "./renewal";
import type { Source } from "./value";

/** Hands bytes out, by an address that is good when it is followed. */
export function Download({ source }: { source: Source }) {
  const { t } = useTranslation();
  const good = useRef("");
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    const link = event.currentTarget;
    if (good.current === link.href || source.url.startsWith("data:")) return;
    event.preventDefault();
    void renewed(source.url).then((url) => {
      link.href = url ?? source.url;
      good.current = link.href;
      link.click();
      good.current = "";
    });
  };
  return (
    <a href={source.url} download={source.name || true} onClick={follow}>
      <DownloadOutlined aria-hidden /> {t("media.download")}
    </a>
  );
}
