import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Input, Tabs } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { SignedOut, useWriter } from "../account/SignedOut";
import { savedAs } from "../account/savedAs";
import { problemOf, unlessOutdated } from "../api/fault";
import { useMessages } from "../shell/messages";
import Markdown from "../ui/Markdown";
import { Trouble } from "../ui/Trouble";
import { useUnsavedWarning } from "../ui/unsaved";
import { change, projectQuery } from "./queries";

interface Props {
  name: string;
  readme: string;
  etag: string;
  close: () => void;
}

/** What somebody else has saved since this was opened. */
interface Theirs {
  readme: string;
  etag: string;
}

export default function ReadmeEditor({ name, readme, etag, close }: Props) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  // What was seen when the editor was opened, whatever is looked up meanwhile.
  const [seen, see] = useState({ readme, etag });
  const [text, setText] = useState(readme);
  const [theirs, setTheirs] = useState<Theirs>();
  const dirty = text !== seen.readme;
  const writer = useWriter();
  useUnsavedWarning(dirty);
  const saving = useMutation({
    mutationFn: ({ over, written }: { over: string; written: string }) =>
      savedAs(writer.name, asking, () => change(name, over, { readme: written })),
    onSuccess: (saved, { written }) => {
      asking.setQueryData(projectQuery(name).queryKey, saved);
      message.success(t("project.saved"));
      if (text === written) close();
      // What was written meanwhile is still to be saved.
      see({ readme: written, etag: saved.etag });
      setTheirs(undefined);
    },
    onError: async (error) => {
      if (problemOf(error).status !== 412) return;
      const found = asking.fetchQuery({ ...projectQuery(name), staleTime: 0 });
      // Where that fails too, saving once more looks again.
      const now = await found.catch(() => undefined);
      setTheirs(now && { readme: now.value.readme, etag: now.etag });
    },
  });
  const save = (over: string): void => saving.mutate({ over, written: text });
  return (
    <div className="editor">
      <Tabs
        items={[
          { key: "write", label: t("readme.write"), children: <Text text={text} set={setText} /> },
          {
            key: "preview",
            label: t("readme.preview"),
            children: text.trim() ? <Markdown text={text} /> : <p className="faint">{t("readme.nothing")}</p>,
          },
        ]}
      />
      <SignedOut />
      <Trouble error={theirs ? unlessOutdated(saving.error) : saving.error} />
      {theirs ? (
        <Outdated
          theirs={theirs.readme}
          saving={saving.isPending}
          keep={() => save(theirs.etag)}
          discard={close}
        />
      ) : (
        <div className="buttons">
          <Button type="primary" disabled={!dirty} loading={saving.isPending} onClick={() => save(seen.etag)}>
            {t("app.save")}
          </Button>
          <Button onClick={close}>{t(dirty ? "readme.discard" : "app.cancel")}</Button>
          {dirty && (
            <span className="faint" role="status">
              {t("readme.unsaved")}
            </span>
          )}
        </div>
      )}
    </div>
  );
}

function Text({ text, set }: { text: string; set: (text: string) => void }) {
  const { t } = useTranslation();
  return (
    <Input.TextArea
      autoFocus
      aria-label={t("readme.text")}
      value={text}
      onChange={({ target }) => set(target.value)}
      maxLength={1 << 20}
      rows={18}
      className="source"
    />
  );
}

function Outdated(properties: { theirs: string; saving: boolean; keep: () => void; discard: () => void }) {
  const { t } = useTranslation();
  const { theirs, saving, keep, discard } = properties;
  return (
    <Alert
      type="warning"
      showIcon
      role="alert"
      title={t("readme.outdated")}
      description={
        <>
          <p>{t("readme.outdatedText")}</p>
          <details>
            <summary>{t("readme.theirs")}</summary>
            <pre className="source">{theirs}</pre>
          </details>
          <div className="buttons">
            <Button type="primary" loading={saving} onClick={keep}>
              {t("readme.keepMine")}
            </Button>
            <Button onClick={discard}>{t("readme.takeTheirs")}</Button>
          </div>
        </>
      }
    />
  );
}
