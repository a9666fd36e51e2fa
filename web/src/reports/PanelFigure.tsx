import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { exact } from "../i18n/times";
import { Conditions } from "../panels/Conditions";
import { Asked, Shown } from "../panels/Panel";
import type { Source } from "../panels/queries";
import { useTitle } from "../panels/titles";
import { Scene } from "../shell/Scene";
import { Tag } from "../ui/Tag";
import type { PanelBlock } from "./blocks";
import { Printed } from "./Printed";

interface Props {
  block: PanelBlock;
  source: Source;
  /** What can be done to it. */
  acts?: ReactNode;
}

/** A panel of a report. */
export function PanelFigure({ block, source, acts }: Props) {
  const { t, i18n } = useTranslation();
  const { spec, asks, names, frozen } = block;
  const title = useTitle(spec);
  return (
    <figure className={`panel report-panel ${spec.kind}`} aria-label={title}>
      <figcaption>
        <strong>{title}</strong>
        {frozen && <Tag tone="info">{t("reports.frozenAt", { when: exact(frozen.at, i18n.language) })}</Tag>}
        {acts}
      </figcaption>
      <Conditions spec={spec} />
      <div className="shown">
        {frozen ? (
          <Shown spec={spec} answers={frozen.answers} names={names} />
        ) : asks.length === 0 ? (
          <p className="faint">{t("panels.missing", { table: spec.table })}</p>
        ) : (
          <Scene key={JSON.stringify(asks)}>
            <Asked spec={spec} asks={asks} names={names} source={source} />
          </Scene>
        )}
      </div>
      <Printed block={block} source={source} />
    </figure>
  );
}
