import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, use, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { tablesQuery } from "../panels/queries";
import { type PanelSpec, PLAIN } from "../panels/spec";
import { Scene } from "../shell/Scene";
import { Trouble } from "../ui/Trouble";
import { type Block, panelBlock } from "./blocks";
import type { Asked } from "./commands";
import { ACCEPTED, type Refusal, taken } from "./pictures";
import { ProjectContext } from "./place";

const PanelEditor = lazy(() => import("../panels/PanelEditor"));

interface Props {
  asked: Asked;
  put: (block: Exclude<Block, { type: "prose" }>) => void;
  refused: (why: Refusal, name: string) => void;
  close: () => void;
}

/** Asks for what is to be put into a report. */
export function Insert({ asked, put, refused, close }: Props) {
  return asked === "image" ? (
    <ChooseImage put={put} refused={refused} close={close} />
  ) : (
    <ChoosePanel asked={asked} put={put} refused={refused} close={close} />
  );
}

function ChoosePanel({ asked, put, close }: Props) {
  const project = use(ProjectContext);
  const asking = useQueryClient();
  const making = useMutation({
    mutationFn: async (spec: PanelSpec) =>
      panelBlock(spec, spec.kind === "text" ? [] : await asking.fetchQuery(tablesQuery(project, spec.job))),
    onSuccess: (block) => {
      if (block.type !== "prose") put(block);
    },
  });
  const spec: PanelSpec =
    asked === "markdown" ? { ...PLAIN, kind: "text" } : { ...PLAIN, kind: "bars", x: "id" };
  return (
    <Scene waiting={null}>
      <Trouble error={making.error} />
      <PanelEditor
        project={project}
        job=""
        spec={spec}
        fresh
        done={(chosen) => making.mutate(chosen)}
        close={close}
      />
    </Scene>
  );
}

function ChooseImage({ put, refused, close }: Omit<Props, "asked">) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.click(), []);
  const take = async (file: File | undefined): Promise<void> => {
    const found = file && (await taken(file));
    if (found && "source" in found) return put({ type: "image", alt: "", source: found.source });
    if (found) refused(found.refused, file.name);
    close();
  };
  return (
    <input
      ref={field}
      type="file"
      accept={ACCEPTED}
      className="unseen"
      aria-label={t("reports.commands.image")}
      tabIndex={-1}
      onChange={({ target }) => void take(target.files?.[0])}
    />
  );
}
