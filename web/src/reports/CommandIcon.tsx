import {
  BarChartOutlined,
  CodeOutlined,
  FileMarkdownOutlined,
  FontSizeOutlined,
  LineOutlined,
  MessageOutlined,
  OrderedListOutlined,
  PictureOutlined,
  TableOutlined,
  UnorderedListOutlined,
} from "@ant-design/icons";
import type { Command } from "./commands";

const ICONS = {
  heading1: FontSizeOutlined,
  heading2: FontSizeOutlined,
  heading3: FontSizeOutlined,
  bulletList: UnorderedListOutlined,
  orderedList: OrderedListOutlined,
  quote: MessageOutlined,
  code: CodeOutlined,
  divider: LineOutlined,
  table: TableOutlined,
  panel: BarChartOutlined,
  image: PictureOutlined,
  markdown: FileMarkdownOutlined,
} satisfies Record<Command, unknown>;

export function CommandIcon({ command }: { command: Command }) {
  const Icon = ICONS[command];
  return <Icon aria-hidden />;
}
