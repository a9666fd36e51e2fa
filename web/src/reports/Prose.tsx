import type { ReactNode } from "react";
import { safeAddress } from "../ui/address";
import { isHeaderRow, type Node } from "./known";

/** Text of a report: known nodes as elements, and nothing of theirs as anything but text. */
export function Prose({ nodes }: { nodes: Node[] }) {
  return <>{nodes.map(shown)}</>;
}

function shown(node: Node, key: number): ReactNode {
  const inside = (node.content ?? []).map(shown);
  switch (node.type) {
    case "heading":
      return heading(Number(node.attrs?.level ?? 1), inside, key);
    case "paragraph":
      return <p key={key}>{inside.length > 0 ? inside : <br />}</p>;
    case "bulletList":
      return <ul key={key}>{inside}</ul>;
    case "orderedList":
      return (
        <ol key={key} start={Number(node.attrs?.start ?? 1)}>
          {inside}
        </ol>
      );
    case "listItem":
      return <li key={key}>{inside}</li>;
    case "blockquote":
      return <blockquote key={key}>{inside}</blockquote>;
    case "codeBlock":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
        <pre key={key} tabIndex={0}>
          <code>{inside}</code>
        </pre>
      );
    case "table":
      return table(node.content ?? [], inside, key);
    case "tableRow":
      return <tr key={key}>{inside}</tr>;
    case "tableHeader":
      return (
        <th key={key} {...spans(node)}>
          {inside}
        </th>
      );
    case "tableCell":
      return (
        <td key={key} {...spans(node)}>
          {inside}
        </td>
      );
    case "horizontalRule":
      return <hr key={key} />;
    case "hardBreak":
      return <br key={key} />;
    default:
      return marked(node, key);
  }
}

/** A table whose first row is made of headings repeats them on every page that it is printed on. */
function table(rows: Node[], inside: ReactNode[], key: number): ReactNode {
  const headed = isHeaderRow(rows[0]) ? 1 : 0;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
    <div key={key} className="report-table" tabIndex={0}>
      <table>
        {headed > 0 && <thead>{inside.slice(0, headed)}</thead>}
        <tbody>{inside.slice(headed)}</tbody>
      </table>
    </div>
  );
}

function spans({ attrs }: Node): { colSpan?: number; rowSpan?: number } {
  return {
    ...(attrs?.colspan !== undefined && { colSpan: Number(attrs.colspan) }),
    ...(attrs?.rowspan !== undefined && { rowSpan: Number(attrs.rowspan) }),
  };
}

function heading(level: number, inside: ReactNode[], key: number): ReactNode {
  if (level <= 1) return <h2 key={key}>{inside}</h2>;
  return level === 2 ? <h3 key={key}>{inside}</h3> : <h4 key={key}>{inside}</h4>;
}

function marked({ text = "", marks = [] }: Node, key: number): ReactNode {
  return marks.reduce<ReactNode>((inside, { type, attrs }) => {
    switch (type) {
      case "bold":
        return <strong key={key}>{inside}</strong>;
      case "italic":
        return <em key={key}>{inside}</em>;
      case "strike":
        return <s key={key}>{inside}</s>;
      case "underline":
        return <u key={key}>{inside}</u>;
      case "code":
        return <code key={key}>{inside}</code>;
      case "link":
        return linked(String(attrs?.href ?? ""), inside, key);
      default:
        return inside;
    }
  }, text);
}

function linked(href: string, inside: ReactNode, key: number): ReactNode {
  const address = safeAddress(href);
  if (!address) return inside;
  const outside = /^https?:/i.test(address);
  return (
    <a key={key} href={address} {...(outside && { rel: "noopener noreferrer nofollow", target: "_blank" })}>
      {inside}
    </a>
  );
}
