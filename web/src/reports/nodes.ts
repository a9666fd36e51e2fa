import { mergeAttributes, Node } from "@tiptap/core";
import { ReactNodeViewRenderer } from "@tiptap/react";
import { IMAGE_NODE, PANEL_NODE } from "./blocks";
import { ImageView } from "./ImageView";
import { PanelView } from "./PanelView";

const PICTURE = /^data:image\/(png|jpeg|gif|webp);base64,/;

/** A panel within the text. */
export const PanelNode = Node.create({
  name: PANEL_NODE,
  group: "block",
  atom: true,
  draggable: true,
  addAttributes: () => ({ block: { default: null, rendered: false } }),
  renderHTML: () => ["div", { "data-panel": "" }],
  addNodeView: () => ReactNodeViewRenderer(PanelView),
});

/** A picture within the text; it holds its bytes. */
export const ImageNode = Node.create({
  name: IMAGE_NODE,
  group: "block",
  atom: true,
  draggable: true,
  addAttributes: () => ({ source: { default: "", rendered: false }, alt: { default: "" } }),
  parseHTML: () => [
    {
      tag: "img[src]",
      getAttrs: (element) => {
        const source = element.getAttribute("src") ?? "";
        return PICTURE.test(source) ? { source, alt: element.getAttribute("alt") ?? "" } : false;
      },
    },
  ],
  renderHTML: ({ HTMLAttributes, node }) => [
    "img",
    mergeAttributes(HTMLAttributes, { src: String(node.attrs.source) }),
  ],
  addNodeView: () => ReactNodeViewRenderer(ImageView),
});
