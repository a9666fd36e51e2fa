import { useQueryClient } from "@tanstack/react-query";
import { Modal } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { problemOf } from "../../api/fault";
import { keyOf } from "../../artifacts/queries";
import { Trouble } from "../../ui/Trouble";
import { useUnsavedWarning } from "../../ui/unsaved";
import { Finished } from "./Finished";
import { type Chosen, Options } from "./Options";
import { Sending } from "./Sending";
import { type Outcome, type Stage, send } from "./send";
import type { Packed } from "./tar";
import "./upload.css";

interface Props {
  project: string;
  /** The dataset that rows are added to; where there is none, a name is asked for. */
  name?: string;
  close: () => void;
}

/** Makes a version of a dataset of files: chosen, sent, built, told of. */
export default function FromFiles({ project, name, close }: Props) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const [stage, setStage] = useState<Stage>();
  const [outcome, setOutcome] = useState<Outcome & { name: string }>();
  const [trouble, setTrouble] = useState<unknown>();
  // What was chosen is given up by the button that says so, not by a click beside.
  const [dirty, setDirty] = useState(false);
  const ending = useRef<AbortController>(null);
  useEffect(() => () => ending.current?.abort(), []);
  useUnsavedWarning(stage !== undefined || (dirty && outcome === undefined));
  const begin = async (files: Packed[], chosen: Chosen): Promise<void> => {
    setTrouble(undefined);
    setStage({ step: "sending", sent: 0, size: 0 });
    const control = new AbortController();
    ending.current = control;
    try {
      const wanted = { ...chosen, project };
      setOutcome({ ...(await send(files, wanted, setStage, control.signal)), name: chosen.name });
      void asking.invalidateQueries({ queryKey: ["projects"] });
      void asking.invalidateQueries({ queryKey: keyOf("dataset", project) });
    } catch (error) {
      if (problemOf(error).code !== "canceled") setTrouble(error);
    } finally {
      setStage(undefined);
    }
  };
  const title = name ? t("datasets.upload.more", { name }) : t("datasets.upload.title");
  return (
    <Modal
      open
      width={640}
      title={title}
      footer={null}
      mask={{ closable: !stage && (!dirty || outcome !== undefined) }}
      closable={!stage}
      keyboard={!stage && (!dirty || outcome !== undefined)}
      onCancel={close}
    >
      {stage && <Sending stage={stage} cancel={() => ending.current?.abort()} />}
      {outcome && !stage ? (
        <Finished project={project} outcome={outcome} name={outcome.name} close={close} />
      ) : (
        // What was chosen is kept while it is sent: it may have to be sent again.
        <div hidden={stage !== undefined}>
          <Trouble error={trouble} />
          <Options name={name} begin={begin} edited={() => setDirty(true)} close={close} />
        </div>
      )}
    </Modal>
  );
}
