import { useTranslation } from "react-i18next";
import ReactMarkdown, { type Components } from "react-markdown";
import rehypeSlug from "rehype-slug";
import remarkGfm from "remark-gfm";
import { safeAddress } from "./address";

/** What the names of places in a text begin with, so that none of them is one of the page's own. */
const PREFIX = "readme-";
/** What leads to a footnote and back, which has it already. */
const NOTE = /^#readme-fn(ref)?-/;

/**
 * A text of somebody's, as Markdown. HTML in it is left out, links lead to the web or to pages of ours, and
 * nothing is fetched from elsewhere: pictures are links to them.
 */
export default function Markdown({ text }: { text: string }) {
  const { t } = useTranslation();
  const components: Components = {
    h1: ({ id, children }) => <h3 id={id}>{children}</h3>,
    h2: ({ id, children }) => <h4 id={id}>{children}</h4>,
    h3: ({ id, children }) => <h5 id={id}>{children}</h5>,
    h4: ({ id, children }) => <h6 id={id}>{children}</h6>,
    a: ({ href, children }) =>
      href ? <Elsewhere href={href}>{children}</Elsewhere> : <span>{children}</span>,
    img: ({ src, alt }) => {
      const text = t("readme.image", { text: alt || src });
      return typeof src === "string" && src ? <Elsewhere href={src}>{text}</Elsewhere> : <span>{text}</span>;
    },
    input: ({ checked }) => (
      <span role="img" aria-label={t(checked ? "readme.done" : "readme.open")}>
        {checked ? "☑" : "☐"}
      </span>
    ),
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
    pre: ({ children }) => <pre tabIndex={0}>{children}</pre>,
    table: ({ children }) => (
      <div className="wide">
        <table>{children}</table>
      </div>
    ),
  };
  return (
    <div className="markdown">
      <ReactMarkdown
        remarkRehypeOptions={{ footnoteLabel: t("readme.footnotes"), clobberPrefix: PREFIX }}
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[[rehypeSlug, { prefix: PREFIX }]]}
        components={components}
        urlTransform={safeAddress}
        skipHtml
      >
        {text}
      </ReactMarkdown>
    </div>
  );
}

function Elsewhere({ href, children }: { href: string; children: React.ReactNode }) {
  const outside = /^https?:/i.test(href);
  const place = href.startsWith("#") && !NOTE.test(href) ? `#${PREFIX}${href.slice(1)}` : href;
  return (
    <a href={place} {...(outside && { rel: "noopener noreferrer nofollow", target: "_blank" })}>
      {children}
    </a>
  );
}
