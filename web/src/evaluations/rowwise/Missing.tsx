import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";

interface Props {
  /** The row that an address names. */
  row: string;
  /** Only rows are shown that differ. */
  part: boolean;
  put: (changes: Record<string, string>) => void;
}

/** Tells that the row that an address names is not among those that are shown. */
export default function Missing({ row, part, put }: Props) {
  const { t } = useTranslation();
  return (
    <Alert
      type="info"
      showIcon
      role="status"
      className="trouble"
      title={t(part ? "evaluations.rows.notAmong" : "evaluations.rows.noSuch", { key: row })}
      action={
        <Button size="small" onClick={() => put(part ? { differ: "" } : { row: "" })}>
          {t(part ? "evaluations.rows.showAll" : "evaluations.rows.close")}
        </Button>
      }
    />
  );
}
