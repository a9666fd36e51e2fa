import { Placeholder } from "@tiptap/extension-placeholder";
import { type Editor, EditorContent, useEditor } from "@tiptap/react";
import { StarterKit } from "@tiptap/starter-kit";
import { type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { safeAddress } from "../ui/address";
import { type Block, blocksIn, documentOf, IMAGE_NODE, PANEL_NODE } from "./blocks";
import { type Asked, type Command, carryOut, isAsked, matching } from "./commands";
import { Insert } from "./Insert";
import type { Node } from "./known";
import { ImageNode, PanelNode } from "./nodes";
import { ACCEPTED, type Refusal, taken } from "./pictures";
import { COMMANDS, idOf, SlashMenu } from "./SlashMenu";
import { type Slash, SlashCommands } from "./slash";
import { Toolbar } from "./Toolbar";
import { bringsTable, insertBlock, Tables } from "./tables";

interface Props {
  blocks: Block[];
  change: (blocks: Block[]) => void;
  /** Told which file cannot be taken as a picture, and why. */
  refused: (why: Refusal, name: string) => void;
}

const imageNode = (attrs: { alt: string; source: string }): Node => ({
  type: IMAGE_NODE,
  attrs: { ...attrs },
});

/** Put pictures where the cursor is. Returns whether there were files. */
function take(editor: Editor | null, files: FileList | null | undefined, refused: Props["refused"]): boolean {
  for (const file of files ?? [])
    void taken(file).then((found) => {
      if ("refused" in found) refused(found.refused, file.name);
      else if (editor) insertBlock(editor, imageNode({ alt: "", source: found.source }));
    });
  return (files?.length ?? 0) > 0;
}

/** Where a report is written. */
export function Writer({ blocks, change, refused }: Props) {
  const { t } = useTranslation();
  const [slash, setSlash] = useState<Slash | null>(null);
  const [at, setAt] = useState(0);
  const [asked, setAsked] = useState<Exclude<Asked, "image">>();
  const files = useRef<HTMLInputElement>(null);
  const pressed = useRef<(event: KeyboardEvent) => boolean>(() => false);
  const editor = useWritten({ blocks, change, refused }, pressed, (told) => {
    setSlash(told);
    setAt(0);
  });
  const found = slash ? matching(slash.typed, (command) => t(`reports.commands.${command}`)) : [];
  const pointed = found[at];
  useEffect(() => {
    // The focus stays in the text: whoever reads by ear is told from there what an arrow key has reached.
    if (!pointed) return;
    const text = editor.view.dom;
    text.setAttribute("aria-controls", COMMANDS);
    text.setAttribute("aria-activedescendant", idOf(pointed));
    return () => {
      text.removeAttribute("aria-controls");
      text.removeAttribute("aria-activedescendant");
    };
  }, [editor, pointed]);
  const choose = (command: Command): void => {
    const range = slash?.range;
    setSlash(null);
    if (!isAsked(command)) carryOut(editor, command, range);
    else {
      if (range) editor.chain().focus().deleteRange(range).run();
      // At once: browsers open a choice of files only while they know that somebody has asked for it.
      if (command === "image") files.current?.click();
      else setAsked(command);
    }
  };
  pressed.current = (event) => {
    const chosen = found[at];
    if (!chosen) return false;
    if (event.key === "Enter" || event.key === "Tab") choose(chosen);
    else if (event.key === "ArrowDown") setAt((at + 1) % found.length);
    else if (event.key === "ArrowUp") setAt((at + found.length - 1) % found.length);
    else return false;
    return true;
  };
  const put = (node: Node): void => {
    insertBlock(editor, node);
    setAsked(undefined);
  };
  return (
    <>
      <Toolbar editor={editor} choose={choose} />
      <EditorContent editor={editor} className="report-body" />
      {slash && <SlashMenu slash={slash} commands={found} at={at} choose={choose} />}
      <input
        ref={files}
        type="file"
        accept={ACCEPTED}
        className="unseen"
        aria-label={t("reports.commands.image")}
        tabIndex={-1}
        onChange={({ target }) => {
          take(editor, target.files, refused);
          target.value = "";
        }}
      />
      {asked && (
        <Insert
          asked={asked}
          put={(block) => put({ type: PANEL_NODE, attrs: { block } })}
          close={() => setAsked(undefined)}
        />
      )}
    </>
  );
}

/** With room to write at its end: were it added by the first click, a click would be a change, and go astray. */
function endedInText({ content = [], ...document }: Node): Node {
  const ended = content.at(-1)?.type === "paragraph";
  return { ...document, content: ended ? content : [...content, { type: "paragraph" }] };
}

function useWritten(
  { blocks, change, refused }: Props,
  pressed: RefObject<(event: KeyboardEvent) => boolean>,
  told: (slash: Slash | null) => void,
): Editor {
  const { t } = useTranslation();
  const own = useRef<Editor>(null);
  const editor = useEditor({
    injectCSS: false,
    shouldRerenderOnTransaction: false,
    content: endedInText(documentOf(blocks)),
    extensions: [
      StarterKit.configure({
        heading: { levels: [2, 3, 4] },
        link: {
          openOnClick: false,
          isAllowedUri: (address) => safeAddress(address ?? "") !== "",
          HTMLAttributes: { rel: "noopener noreferrer nofollow", target: "_blank" },
        },
      }),
      Placeholder.configure({ placeholder: t("reports.placeholder") }),
      SlashCommands.configure({ told, pressed: (event) => pressed.current(event) }),
      Tables,
      PanelNode,
      ImageNode,
    ],
    editorProps: {
      attributes: {
        role: "textbox",
        "aria-multiline": "true",
        "aria-label": t("reports.text"),
        spellcheck: "true",
      },
      handlePaste: (_, event) =>
        !bringsTable(event.clipboardData) && take(own.current, event.clipboardData?.files, refused),
      handleDrop: (view, event, _slice, within) => {
        if (within || !event.dataTransfer?.files.length) return false;
        const at = view.posAtCoords({ left: event.clientX, top: event.clientY });
        if (at) own.current?.commands.setTextSelection(at.pos);
        return take(own.current, event.dataTransfer.files, refused);
      },
    },
    onUpdate: ({ editor: now }) => change(blocksIn(now.getJSON() as Node)),
  });
  own.current = editor;
  return editor;
}
