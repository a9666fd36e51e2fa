import { Button, Input, Select, Space } from "antd";
import { type SubmitEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Version } from "../../artifacts/kinds";
import { useMessages } from "../../shell/messages";
import { useComplaint } from "../../ui/Trouble";
import type { Filter } from "./filter";
import { askPlace } from "./queries";

interface Props {
  version: Version;
  where: Filter | null;
  total: number;
  goTo: (at: number) => void;
}

/** The way to one of many rows, by its number or its key. */
export function Jump({ version, where, total, goTo }: Props) {
  const { t, i18n } = useTranslation();
  const message = useMessages();
  const complain = useComplaint();
  const [by, setBy] = useState<"number" | "key">("number");
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const asked = useRef<AbortController>(undefined);
  // Among many rows a key is looked for in several steps, which nobody waits for any more who has left.
  useEffect(() => () => asked.current?.abort(), []);

  const toNumber = (): void => {
    const wanted = Number(typed.replace(/[\s,_]/g, ""));
    if (!Number.isSafeInteger(wanted) || wanted < 0) {
      message.warning(t("rows.jumpNotNumber"));
      return;
    }
    const last = Math.max(0, total - 1);
    if (wanted > last) {
      const shown = new Intl.NumberFormat(i18n.language).format(last);
      message.info(t("rows.jumpTooFar", { last: shown }));
    }
    goTo(Math.min(wanted, last));
  };
  const toKey = async (): Promise<void> => {
    asked.current?.abort();
    asked.current = new AbortController();
    const { signal } = asked.current;
    setBusy(true);
    try {
      const asIs = await askPlace(version, where, typed, signal);
      // What reads as a number may be a text all the same.
      const found = asIs.found ? asIs : await askPlace(version, where, JSON.stringify(typed), signal);
      const best = found.found ? found : asIs;
      if (!best.found) message.info(t("rows.jumpNoKey"));
      goTo(Math.min(best.place, Math.max(0, total - 1)));
    } catch (error) {
      if (!signal.aborted) complain(error);
    } finally {
      if (!signal.aborted) setBusy(false);
    }
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!typed.trim()) return;
    if (by === "number") toNumber();
    else void toKey();
  };
  return (
    <form onSubmit={submit} className="rowjump">
      <Space.Compact>
        <Select
          aria-label={t("rows.jumpBy")}
          value={by}
          onChange={setBy}
          popupMatchSelectWidth={false}
          options={[
            { value: "number", label: t("rows.number") },
            { value: "key", label: t("rows.key") },
          ]}
        />
        <Input
          value={typed}
          maxLength={4000}
          inputMode={by === "number" ? "numeric" : "text"}
          aria-label={t(by === "number" ? "rows.jumpNumber" : "rows.jumpKey")}
          onChange={({ target }) => setTyped(target.value)}
        />
        <Button htmlType="submit" loading={busy}>
          {t("rows.jump")}
        </Button>
      </Space.Compact>
    </form>
  );
}
