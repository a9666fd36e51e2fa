import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Trouble } from "./Trouble";

interface Props {
  shown: number;
  total: number;
  /** What an infinite query says of itself. */
  found: {
    error: unknown;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    fetchNextPage: () => unknown;
  };
}

/** Below a list: how much of it is shown, and the way to the rest. */
export function More({ shown, total, found }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <Trouble error={found.isFetchNextPageError && found.error} />
      <div className="more">
        <span className="faint" role="status">
          {t("projects.shown", { shown, total })}
        </span>
        {found.hasNextPage && (
          <Button loading={found.isFetchingNextPage} onClick={() => found.fetchNextPage()}>
            {t("projects.more")}
          </Button>
        )}
      </div>
    </>
  );
}
