import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { keyText } from "../../datasets/rows/queries";
import { useWhole } from "../../datasets/rows/useWhole";
import { givenQuery } from "./given";
import { LateMedia as Media } from "./LateMedia";
import type { Origin } from "./origins";

/** What the dataset has in one column, beside what evaluations have made of it. */
export function GivenCell({ origin, column }: { origin: Origin; column: string }) {
  const { t } = useTranslation();
  const wholeOf = useWhole(origin.of);
  const { data, error, isPending } = useQuery(givenQuery(origin));
  if (isPending) return <span className="media-coming" />;
  if (error || !data)
    return (
      <span className="faint" title={t("evaluations.rows.notToBeHad")}>
        –
      </span>
    );
  return (
    <Media
      key={keyText(data.key)}
      value={data.values[column]}
      size="cell"
      row={data.values}
      column={column}
      project={origin.of.project}
      {...wholeOf(data, column)}
    />
  );
}
