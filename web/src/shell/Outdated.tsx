import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Why } from "../ui/Trouble";

/** Tells that what is shown may not be so any more, since it could not be looked up again. */
export default function Outdated({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const again = (): void =>
    void asking.refetchQueries({ type: "active", predicate: ({ state }) => state.error !== null });
  return (
    <Alert
      type="warning"
      showIcon
      role="status"
      className="outdated"
      title={t("outdated.title")}
      description={<Why error={error} />}
      action={
        <Button size="small" onClick={again}>
          {t("app.again")}
        </Button>
      }
    />
  );
}
