import { Empty } from "antd";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import type { Source } from "../panels/queries";
import { PanelNumber } from "../panels/reading";
import { Scene } from "../shell/Scene";
import type { Block } from "./blocks";
import { PanelFigure } from "./PanelFigure";
import { Prose } from "./Prose";

const Markdown = lazy(() => import("../ui/Markdown"));

interface Props {
  blocks: Block[];
  sourceOf: (place: number) => Source;
}

/** A report, to be read. */
export default function Reader({ blocks, sourceOf }: Props) {
  const { t } = useTranslation();
  if (blocks.length === 0)
    return (
      <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("reports.empty")} className="nothing" />
    );
  return (
    <article className="report-body">
      {blocks.map((block, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts stay where they are
        <PanelNumber key={place} value={numberOf(blocks, place)}>
          <Part block={block} source={sourceOf(place)} />
        </PanelNumber>
      ))}
    </article>
  );
}

/** Panels are counted among themselves, as in the editor: text between them may be one part or several. */
const numberOf = (blocks: Block[], place: number): string =>
  String(blocks.slice(0, place + 1).filter(({ type }) => type === "panel").length);

function Part({ block, source }: { block: Block; source: Source }) {
  if (block.type === "prose") return <Prose nodes={block.nodes} />;
  if (block.type === "image") return block.source ? <img src={block.source} alt={block.alt} /> : null;
  if (block.type === "panel") return <PanelFigure block={block} source={source} />;
  return (
    <Scene>
      <Markdown text={block.markdown} />
    </Scene>
  );
}
