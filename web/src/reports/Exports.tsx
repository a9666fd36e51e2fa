import { DownloadOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConditions } from "../panels/Conditions";
import type { Source } from "../panels/queries";
import { useTitleOf } from "../panels/titles";
import { appear, useAppearance } from "../shell/appearance";
import { useComplaint } from "../ui/Trouble";
import type { Block } from "./blocks";
import { useCut } from "./cut";
import { readyForPaper } from "./printing";

interface Props {
  name: string;
  /** What the report says now. */
  blocks: () => Block[];
  sourceOf: (place: number) => Source;
}

/** The ways to take a report along. */
export function Exports({ name, blocks, sourceOf }: Props) {
  const { t, i18n } = useTranslation();
  const complain = useComplaint();
  const asking = useQueryClient();
  const { appearance, dark } = useAppearance();
  const conditions = useConditions();
  const titleOf = useTitleOf();
  const cut = useCut();
  const [busy, setBusy] = useState(false);
  const onPaper = async (): Promise<void> => {
    await readyForPaper();
    if (dark) {
      // Paper is light: it is printed once that is drawn.
      appear("light");
      addEventListener("afterprint", () => appear(appearance), { once: true });
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    }
    print();
  };
  useEffect(() => {
    // What the browser prints by itself would not wait for the pictures.
    const hear = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "p" || !(event.ctrlKey || event.metaKey)) return;
      if (event.shiftKey || event.altKey || event.defaultPrevented) return;
      event.preventDefault();
      void onPaper();
    };
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  });
  const save = async (form: "html" | "md"): Promise<void> => {
    setBusy(true);
    try {
      const { exported, download } = await import("./exporting");
      const words = {
        truth: t("panels.truth"),
        answered: t("panels.answered"),
        key: t("panels.id"),
        rows: t("panels.measures.count"),
      };
      const text = await exported(form, {
        name,
        blocks: blocks(),
        sourceOf,
        asking,
        language: i18n.language,
        words,
        titleOf,
        conditions,
        cut,
        madeOf: (shown) => t("panels.cut", { shown }),
      });
      download(name, form, text);
    } catch (error) {
      complain(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: [
          { key: "pdf", label: t("reports.asPdf"), onClick: () => void onPaper() },
          { key: "html", label: t("reports.asHtml"), onClick: () => void save("html") },
          { key: "md", label: t("reports.asMarkdown"), onClick: () => void save("md") },
        ],
      }}
    >
      <Button icon={<DownloadOutlined aria-hidden />} loading={busy}>
        {t("reports.export")}
      </Button>
    </Dropdown>
  );
}
