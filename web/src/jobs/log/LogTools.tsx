import {
  ArrowDownOutlined,
  ArrowUpOutlined,
  CaretRightOutlined,
  DownloadOutlined,
  PauseOutlined,
  SearchOutlined,
  VerticalAlignBottomOutlined,
  VerticalAlignTopOutlined,
} from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { AddressInput } from "../../ui/AddressInput";
import type { LogStore, Shown } from "./store";
import type { Search } from "./useSearch";

interface Props {
  shown: Shown;
  store: LogStore;
  search: Search;
  find: (text: string) => void;
  /** Nothing that was found is shown any more. */
  forget: () => void;
  download: string;
  name: string;
}

export function LogTools({ shown, store, search, find, forget, download, name }: Props) {
  const { t } = useTranslation();
  const go = (move: () => unknown) => (): void => {
    forget();
    move();
  };
  return (
    <div className="tools log-tools" role="toolbar" aria-label={t("jobs.log.tools")}>
      <Finder search={search} find={find} />
      {!shown.ended &&
        (shown.following ? (
          <Button icon={<PauseOutlined aria-hidden />} onClick={() => store.pause()}>
            {t("jobs.log.pause")}
          </Button>
        ) : (
          <Button type="primary" icon={<CaretRightOutlined aria-hidden />} onClick={go(() => store.toEnd())}>
            {t("jobs.log.follow")}
          </Button>
        ))}
      <Button
        icon={<VerticalAlignTopOutlined aria-hidden />}
        aria-label={t("jobs.log.start")}
        title={t("jobs.log.start")}
        onClick={go(() => store.toStart())}
      />
      <Button
        icon={<VerticalAlignBottomOutlined aria-hidden />}
        aria-label={t("jobs.log.end")}
        title={t("jobs.log.end")}
        onClick={go(() => store.toEnd())}
      />
      <Button
        icon={<DownloadOutlined aria-hidden />}
        aria-label={t("jobs.log.download")}
        title={t("jobs.log.download")}
        href={download}
        download={name}
      />
    </div>
  );
}

function Finder({ search, find }: { search: Search; find: (text: string) => void }) {
  const { t, i18n } = useTranslation();
  const busy = search.reached !== null;
  const megabytes = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 });
  return (
    <div className="finder">
      <AddressInput
        label={t("jobs.log.find")}
        longest={200}
        prefix={<SearchOutlined aria-hidden />}
        value={search.text}
        say={find}
        enter={(text, { shiftKey }) => (shiftKey ? search.backward(text) : search.forward(text))}
      />
      <Button
        icon={<ArrowUpOutlined aria-hidden />}
        aria-label={t("jobs.log.previous")}
        title={t("jobs.log.previous")}
        disabled={!search.text || busy}
        onClick={() => search.backward()}
      />
      <Button
        icon={<ArrowDownOutlined aria-hidden />}
        aria-label={t("jobs.log.next")}
        title={t("jobs.log.next")}
        disabled={!search.text || busy}
        onClick={() => search.forward()}
      />
      <span role="status" className="faint">
        {search.none && t("jobs.log.notFound")}
        {search.reached !== null && search.reached > 0 && (
          <>
            {t("jobs.log.searching", { megabytes: megabytes.format(search.reached / 1e6) })}{" "}
            <Button type="link" size="small" onClick={search.stop}>
              {t("app.cancel")}
            </Button>
          </>
        )}
      </span>
    </div>
  );
}
