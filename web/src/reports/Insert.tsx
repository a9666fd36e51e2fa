import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, use } from "react";
import { tablesQuery } from "../panels/queries";
import { type PanelSpec, PLAIN } from "../panels/spec";
import { Scene } from "../shell/Scene";
import { type Block, panelBlock } from "./blocks";
import type { Asked } from "./commands";
import { ProjectContext } from "./place";

const PanelEditor = lazy(() => import("../panels/PanelEditor"));

interface Props {
  asked: Exclude<Asked, "image">;
  put: (block: Exclude<Block, { type: "prose" | "image" }>) => void;
  close: () => void;
}

/** Asks for the panel, or the Markdown, that is to be put into a report. */
export function Insert({ asked, put, close }: Props) {
  const project = use(ProjectContext);
  const asking = useQueryClient();
  const making = useMutation({
    mutationFn: async (spec: PanelSpec) =>
      panelBlock(spec, spec.kind === "text" ? [] : await asking.fetchQuery(tablesQuery(project, spec.job))),
    onSuccess: (block) => {
      if (block.type === "panel" || block.type === "text") put(block);
    },
  });
  const spec: PanelSpec =
    asked === "markdown" ? { ...PLAIN, kind: "text" } : { ...PLAIN, kind: "bars", x: "id" };
  return (
    <Scene waiting={null}>
      <PanelEditor project={project} job="" spec={spec} fresh done={making.mutateAsync} close={close} />
    </Scene>
  );
}
