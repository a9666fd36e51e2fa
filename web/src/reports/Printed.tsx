import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Answer, Ask } from "../panels/asks";
import { answerQuery, type Source, totalQuery } from "../panels/queries";
import type { PanelSpec } from "../panels/spec";
import type { PanelBlock } from "./blocks";
import { CellTable } from "./CellTable";
import { cellsOf } from "./cells";
import { useCut } from "./cut";
import { usePrinting } from "./printing";

/** A table as it stands on paper, where nobody scrolls. */
export function Printed({ block, source }: { block: PanelBlock; source: Source }) {
  const { spec, asks, frozen } = block;
  const [ask] = asks;
  if (spec.kind !== "table") return null;
  if (frozen) return <Paper spec={spec} answer={frozen.answers[0]} />;
  return ask ? <Live spec={spec} ask={ask} source={source} /> : null;
}

function Live({ spec, ask, source }: { spec: PanelSpec; ask: Ask; source: Source }) {
  // Asked for by what is on the screen.
  const { data: answer } = useQuery({ ...answerQuery(source, ask, 0), enabled: false });
  const { data: total } = useQuery({
    ...totalQuery(source, ask),
    enabled: answer?.next !== undefined,
    staleTime: 60_000,
  });
  return <Paper spec={spec} answer={answer} {...(total && { total })} />;
}

interface PaperProps {
  spec: PanelSpec;
  answer: Answer | undefined;
  total?: number;
}

function Paper({ spec, answer, total }: PaperProps) {
  const { t, i18n } = useTranslation();
  const cut = useCut();
  if (!usePrinting() || !answer) return null;
  return (
    <div className="printed">
      <CellTable {...cellsOf(answer, spec.y, t("panels.id"), i18n.language)} />
      {answer.next !== undefined && <p>{cut(answer.rows.length, total)}</p>}
    </div>
  );
}
