import { Placeholder } from "@tiptap/extension-placeholder";
import { type Editor, EditorContent, useEditor } from "@tiptap/react";
import { StarterKit } from "@tiptap/starter-kit";
import { type RefObject, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { safeAddress } from "../ui/address";
import { type Block, blocksIn, documentOf, IMAGE_NODE, PANEL_NODE } from "./blocks";
import { type Asked, type Command, carryOut, isAsked, matching } from "./commands";
import { Insert } from "./Insert";
import type { Node } from "./known";
import { ImageNode, PanelNode } from "./nodes";
import { type Refusal, taken } from "./pictures";
import { SlashMenu } from "./SlashMenu";
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

/** Where a report is written. */
export function Writer({ blocks, change, refused }: Props) {
  const { t } = useTranslation();
  const [slash, setSlash] = useState<Slash | null>(null);
  const [at, setAt] = useState(0);
  const [asked, setAsked] = useState<Asked>();
  // A choice of files that was left tells nobody: the next one is another.
  const [turn, setTurn] = useState(0);
  const pressed = useRef<(event: KeyboardEvent) => boolean>(() => false);
  const editor = useWritten({ blocks, change, refused }, pressed, (told) => {
    setSlash(told);
    setAt(0);
  });
  const found = slash ? matching(slash.typed, (command) => t(`reports.commands.${command}`)) : [];
  const choose = (command: Command): void => {
    const range = slash?.range;
    setSlash(null);
    if (!isAsked(command)) carryOut(editor, command, range);
    else {
      if (range) editor.chain().focus().deleteRange(range).run();
      setAsked(command);
      setTurn(turn + 1);
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
      {asked && (
        <Insert
          key={turn}
          asked={asked}
          put={(block) =>
            put(block.type === "image" ? imageNode(block) : { type: PANEL_NODE, attrs: { block } })
          }
          refused={refused}
          close={() => setAsked(undefined)}
        />
      )}
    </>
  );
}

function useWritten(
  { blocks, change, refused }: Props,
  pressed: RefObject<(event: KeyboardEvent) => boolean>,
  told: (slash: Slash | null) => void,
): Editor {
  const { t } = useTranslation();
  const own = useRef<Editor>(null);
  const take = (files: FileList | null | undefined): boolean => {
    for (const file of files ?? [])
      void taken(file).then((found) => {
        if ("refused" in found) refused(found.refused, file.name);
        else if (own.current) insertBlock(own.current, imageNode({ alt: "", source: found.source }));
      });
    return (files?.length ?? 0) > 0;
  };
  const editor = useEditor({
    injectCSS: false,
    shouldRerenderOnTransaction: false,
    content: documentOf(blocks),
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
      handlePaste: (_, event) => !bringsTable(event.clipboardData) && take(event.clipboardData?.files),
      handleDrop: (view, event, _slice, within) => {
        if (within || !event.dataTransfer?.files.length) return false;
        const at = view.posAtCoords({ left: event.clientX, top: event.clientY });
        if (at) own.current?.commands.setTextSelection(at.pos);
        return take(event.dataTransfer.files);
      },
    },
    onUpdate: ({ editor: now }) => change(blocksIn(now.getJSON() as Node)),
  });
  own.current = editor;
  return editor;
}
