import { SafetyCertificateOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Input } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ok } from "../../api/client";
import type { components } from "../../api/schema";
import { count } from "../../i18n/amounts";
import { Command } from "../../ui/Copyable";
import { Trouble } from "../../ui/Trouble";

type Verdict = Omit<components["schemas"]["Verdict"], "broken_at"> & { broken_at: number[] | null };

/** Whether somebody has changed the audit since it was written. */
export function Verify() {
  const { t } = useTranslation();
  const title = useId();
  const field = useId();
  const [expected, setExpected] = useState("");
  const wrong = !/^[0-9a-f]{0,64}$/.test(expected);
  const verifying = useMutation({
    mutationFn: () => ok(api.GET("/api/v1/events/verify", { params: { query: { expected } } })),
  });
  return (
    <section className="panel" aria-labelledby={title}>
      <h2 id={title}>{t("admin.verify.title")}</h2>
      <p className="faint">{t("admin.verify.text")}</p>
      <label htmlFor={field}>{t("admin.verify.expected")}</label>
      <div className="tools tight">
        <Input
          id={field}
          value={expected}
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
          placeholder={t("admin.verify.placeholder")}
          {...(wrong && { status: "error" })}
          onChange={({ target }) => setExpected(target.value.trim())}
          className="search"
        />
        <Button
          type="primary"
          icon={<SafetyCertificateOutlined aria-hidden />}
          disabled={wrong}
          loading={verifying.isPending}
          onClick={() => verifying.mutate()}
        >
          {t("admin.verify.act")}
        </Button>
      </div>
      <Trouble error={verifying.error} />
      {verifying.data && <Told verdict={verifying.data} />}
    </section>
  );
}

function Told({ verdict }: { verdict: Verdict }) {
  const { t, i18n } = useTranslation();
  const shown = (amount: number) => count(amount, i18n.language);
  const { whole, broken_at: broken, sealed, waiting, digest } = verdict;
  if (!whole)
    return (
      <Alert
        type="error"
        showIcon
        role="alert"
        title={t("admin.verify.broken")}
        description={
          broken &&
          t("admin.verify.brokenText", { first: shown(broken[0] ?? 0), last: shown(broken[1] ?? 0) })
        }
      />
    );
  return (
    <Alert
      type="success"
      showIcon
      role="status"
      title={t("admin.verify.whole")}
      description={
        <>
          <p>{t("admin.verify.wholeText", { sealed: shown(sealed), waiting: shown(waiting) })}</p>
          {digest && <Command text={digest} label={t("admin.verify.copy")} />}
        </>
      }
    />
  );
}
