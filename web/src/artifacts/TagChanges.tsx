import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, type InputRef, Popconfirm } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { problemOf } from "../api/fault";
import { useAddTag, useRemoveTag } from "./changing";
import { ownTags, type Version } from "./kinds";

/** The tags of a version, of which some are taken away and others added in place. */
export default function TagChanges({ version }: { version: Version }) {
  const { t } = useTranslation();
  const removing = useRemoveTag(version, version.version);
  const tags = ownTags(version);
  return (
    <span className="tags inline">
      {tags.map((tag) => (
        <span key={tag} className="tag info">
          {tag}
          <button
            type="button"
            className="bare"
            aria-label={t("artifacts.untag", { tag })}
            title={t("artifacts.untag", { tag })}
            disabled={removing.isPending}
            onClick={() => removing.mutate(tag)}
          >
            <CloseOutlined aria-hidden />
          </button>
        </span>
      ))}
      <NewTag version={version} />
    </span>
  );
}

function NewTag({ version }: { version: Version }) {
  const { t } = useTranslation();
  const adding = useAddTag(version, version.version);
  const [typed, setTyped] = useState<string>();
  const field = useRef<InputRef>(null);
  const open = typed !== undefined;
  useEffect(() => {
    if (open) field.current?.focus();
  }, [open]);
  if (!open)
    return (
      <Button
        size="small"
        type="dashed"
        className="adds"
        icon={<PlusOutlined aria-hidden />}
        onClick={() => setTyped("")}
      >
        {t("artifacts.addTag")}
      </Button>
    );
  const tag = typed.trim();
  const close = (): void => {
    setTyped(undefined);
    adding.reset();
  };
  const add = (force: boolean): void => {
    if (tag) adding.mutate({ tag, force }, { onSuccess: close });
    else close();
  };
  // Another version has the tag: whether it is to move is asked.
  const taken = adding.isError && problemOf(adding.error).status === 409;
  return (
    <Popconfirm
      open={taken}
      title={t("artifacts.moveTag", { tag })}
      okText={t("artifacts.move")}
      cancelText={t("app.cancel")}
      onConfirm={() => add(true)}
      onCancel={close}
    >
      <Input
        ref={field}
        size="small"
        className="newtag"
        maxLength={80}
        aria-label={t("artifacts.newTag")}
        placeholder={t("artifacts.newTag")}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        disabled={adding.isPending}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        onPressEnter={() => add(false)}
        onBlur={() => tag === "" && close()}
        onKeyDown={({ key }) => key === "Escape" && close()}
      />
    </Popconfirm>
  );
}
