import { BoldOutlined, ItalicOutlined, LinkOutlined, StrikethroughOutlined } from "@ant-design/icons";
import { type Editor, useEditorState } from "@tiptap/react";
import { Button, Input, Popover } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { safeAddress } from "../ui/address";
import { CommandIcon } from "./CommandIcon";
import { COMMANDS, type Command } from "./commands";
import { TableTools } from "./TableTools";
import { isInTable } from "./tables";

/** What a line is, for each command that makes it so. */
const ACTIVE: Partial<Record<Command, [string, object?]>> = {
  heading1: ["heading", { level: 2 }],
  heading2: ["heading", { level: 3 }],
  heading3: ["heading", { level: 4 }],
  bulletList: ["bulletList"],
  orderedList: ["orderedList"],
  quote: ["blockquote"],
  code: ["codeBlock"],
};

interface Props {
  editor: Editor;
  choose: (command: Command) => void;
}

/** The bar above a report that is written. */
export function Toolbar({ editor, choose }: Props) {
  const { t } = useTranslation();
  const active = useEditorState({
    editor,
    selector: ({ editor: now }) => ({
      bold: now.isActive("bold"),
      italic: now.isActive("italic"),
      strike: now.isActive("strike"),
      table: isInTable(now.state),
      line: COMMANDS.filter((command) => {
        const found = ACTIVE[command];
        return found !== undefined && now.isActive(...(found as [string]));
      }).join(),
    }),
  });
  const mark = (name: "bold" | "italic" | "strike", icon: ReactNode) => (
    <Button
      type="text"
      size="small"
      icon={icon}
      aria-label={t(`reports.marks.${name}`)}
      title={t(`reports.marks.${name}`)}
      aria-pressed={active[name]}
      onClick={() => editor.chain().focus().toggleMark(name).run()}
    />
  );
  return (
    <div role="toolbar" aria-label={t("reports.format")} className="report-tools">
      {mark("bold", <BoldOutlined aria-hidden />)}
      {mark("italic", <ItalicOutlined aria-hidden />)}
      {mark("strike", <StrikethroughOutlined aria-hidden />)}
      <LinkButton editor={editor} />
      <span className="between" aria-hidden />
      {active.table && <TableTools editor={editor} />}
      {(active.table ? [] : COMMANDS).map((command) => (
        <Button
          key={command}
          type="text"
          size="small"
          icon={<CommandIcon command={command} />}
          aria-label={t(`reports.commands.${command}`)}
          title={t(`reports.commands.${command}`)}
          aria-pressed={active.line.split(",").includes(command)}
          onClick={() => choose(command)}
        >
          {command.startsWith("heading") && (
            <span aria-hidden data-level={command.slice(-1)} className="level" />
          )}
        </Button>
      ))}
    </div>
  );
}

function LinkButton({ editor }: { editor: Editor }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [href, setHref] = useState("");
  const show = (wanted: boolean): void => {
    setHref(String(editor.getAttributes("link").href ?? ""));
    setOpen(wanted);
  };
  const put = (): void => {
    const address = safeAddress(href);
    const chain = editor.chain().focus().extendMarkRange("link");
    if (address) chain.setLink({ href: address }).run();
    else chain.unsetLink().run();
    setOpen(false);
  };
  return (
    <Popover
      open={open}
      onOpenChange={show}
      trigger="click"
      content={
        <Input.Search
          autoFocus
          value={href}
          aria-label={t("reports.linkTo")}
          placeholder={t("reports.linkTo")}
          enterButton={t("reports.putLink")}
          onChange={({ target }) => setHref(target.value)}
          onSearch={put}
        />
      }
    >
      <Button
        type="text"
        size="small"
        icon={<LinkOutlined aria-hidden />}
        aria-label={t("reports.marks.link")}
        title={t("reports.marks.link")}
      />
    </Popover>
  );
}
