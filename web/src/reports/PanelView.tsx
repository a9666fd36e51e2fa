import { DeleteOutlined, EditOutlined, LockOutlined, UnlockOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type NodeViewProps, NodeViewWrapper, useEditorState } from "@tiptap/react";
import { Button } from "antd";
import { lazy, use, useState } from "react";
import { useTranslation } from "react-i18next";
import { answerQuery, tablesQuery } from "../panels/queries";
import { PanelNumber } from "../panels/reading";
import { type PanelSpec, PLAIN } from "../panels/spec";
import { Scene } from "../shell/Scene";
import { Trouble } from "../ui/Trouble";
import { type Block, type PanelBlock, panelBlock } from "./blocks";
import { kept } from "./keeping";
import { PanelFigure } from "./PanelFigure";
import { ProjectContext } from "./place";

const Markdown = lazy(() => import("../ui/Markdown"));
const PanelEditor = lazy(() => import("../panels/PanelEditor"));

/** A panel, or a piece of Markdown, that is written about: it can be changed, frozen and taken out. */
export function PanelView({ node, selected, editor, getPos, updateAttributes, deleteNode }: NodeViewProps) {
  const { t } = useTranslation();
  const project = use(ProjectContext);
  const asking = useQueryClient();
  const [changing, setChanging] = useState(false);
  const number = useEditorState({ editor, selector: () => panelsUpTo(editor, getPos()) });
  const block = node.attrs.block as Exclude<Block, { type: "prose" | "image" }>;
  const freezing = useMutation({
    mutationFn: async (panel: PanelBlock): Promise<Block> => {
      if (panel.frozen) return { ...panel, frozen: null };
      const asked = panel.asks.map((ask, place) =>
        asking.fetchQuery({ ...answerQuery({ project }, ask, place), staleTime: 0 }),
      );
      return {
        ...panel,
        frozen: { at: new Date().toISOString(), answers: await kept(await Promise.all(asked)) },
      };
    },
    onSuccess: (changed) => updateAttributes({ block: changed }),
  });
  const putting = useMutation({
    mutationFn: async (spec: PanelSpec): Promise<Block> =>
      panelBlock(spec, spec.kind === "text" ? [] : await asking.fetchQuery(tablesQuery(project, spec.job))),
    onSuccess: (changed) => {
      updateAttributes({ block: changed });
      setChanging(false);
    },
  });
  const frozen = block.type === "panel" && block.frozen !== null;
  const act = (word: string, icon: React.ReactNode, does: () => void, busy = false) => (
    <Button
      type="text"
      size="small"
      icon={icon}
      aria-label={word}
      title={word}
      loading={busy}
      onClick={does}
    />
  );
  const acts = (
    <span className="acts">
      {block.type === "panel" &&
        act(
          t(frozen ? "reports.thaw" : "reports.freeze"),
          frozen ? <LockOutlined aria-hidden /> : <UnlockOutlined aria-hidden />,
          () => freezing.mutate(block),
          freezing.isPending,
        )}
      {/* What is frozen was asked once; other figures than those are no edit of it. */}
      {!(block.type === "panel" && (block.plain || frozen)) &&
        act(t("panels.edit"), <EditOutlined aria-hidden />, () => setChanging(true))}
      {act(t("panels.remove"), <DeleteOutlined aria-hidden />, deleteNode)}
    </span>
  );
  return (
    <NodeViewWrapper
      className={selected ? "report-node chosen" : "report-node"}
      contentEditable={false}
      data-drag-handle
    >
      <Trouble error={freezing.error} />
      {block.type === "panel" ? (
        <PanelNumber value={String(number)}>
          <PanelFigure key={number} block={block} source={{ project }} acts={acts} />
        </PanelNumber>
      ) : (
        <div className="report-markdown">
          {acts}
          <Scene>
            <Markdown text={block.markdown} />
          </Scene>
        </div>
      )}
      <Scene waiting={null}>
        {changing && (
          <PanelEditor
            project={project}
            job=""
            spec={block.type === "panel" ? block.spec : { ...PLAIN, kind: "text", text: block.markdown }}
            fresh={false}
            done={putting.mutateAsync}
            close={() => setChanging(false)}
          />
        )}
      </Scene>
    </NodeViewWrapper>
  );
}

/** How many panels there are up to a place of the text, the one there included. */
function panelsUpTo(editor: NodeViewProps["editor"], place: number | undefined): number {
  let count = 0;
  editor.state.doc.forEach((each, at) => {
    if (at <= (place ?? 0) && each.attrs.block?.type === "panel") count += 1;
  });
  return count;
}
