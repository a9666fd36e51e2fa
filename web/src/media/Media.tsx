import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { moment } from "../i18n/times";
import type { Size } from "./extent";
import { Linked } from "./Linked";
import { Prose, type Whole } from "./Prose";
import { Tree } from "./Tree";
import { shownOf } from "./value";
import "./media.css";

// What few rows have comes when the first of them is shown.
const ArrayView = lazy(() => import("./ArrayView"));
const FileView = lazy(() => import("./FileView"));
const Film = lazy(() => import("./Film"));
const Picture = lazy(() => import("./Picture"));
const Raw = lazy(() => import("./Raw"));
const Sound = lazy(() => import("./Sound"));
const Writing = lazy(() => import("./Writing"));

export interface MediaProps {
  /** A value of a row, as the server tells it. */
  value: unknown;
  size?: Size;
  /** The other values of its row: what they mark is drawn over a picture. */
  row?: Readonly<Record<string, unknown>>;
  /** Its column in that row. */
  column?: string;
  /** The project of that row. */
  project?: string;
  /** How the text comes whole of which this is the beginning. */
  whole?: Whole;
}

/** Shows any value of a dataset or a table as what it is, and nothing in it as more than that. */
export function Media(props: MediaProps) {
  return (
    <Suspense fallback={<span className="media-coming" />}>
      <Value {...props} />
    </Suspense>
  );
}

function Value(props: MediaProps) {
  const { value, size = "cell", row = NOTHING, column = "" } = props;
  const { t, i18n } = useTranslation();
  const shown = shownOf(value);
  switch (shown.kind) {
    case "absent":
      return <span className="media-none">{t("media.absent")}</span>;
    case "nothing":
      return <span className="media-none">{t("media.nothing")}</span>;
    case "truth":
      return <span className="media-plain">{String(shown.value)}</span>;
    case "time":
      return (
        <span className="media-plain media-number" title={shown.text}>
          {moment(shown.type, shown.text, i18n.language)}
        </span>
      );
    case "number":
      return (
        <span className="media-plain media-number" title={shown.text}>
          {shown.text}
        </span>
      );
    case "text":
      return (
        <Prose text={shown.text} size={size} name={column} {...(props.whole && { whole: props.whole })} />
      );
    case "link":
      return <Linked uri={shown.uri} more={shown.more} size={size} />;
    case "bytes":
      return <Raw size={shown.size} head={shown.head} source={shown.source} view={size} />;
    case "image":
      return <Picture source={shown.source} size={size} row={row} column={column} />;
    case "audio":
      return <Sound source={shown.source} size={size} />;
    case "video":
      return <Film source={shown.source} size={size} />;
    case "writing":
      return <Writing source={shown.source} size={size} name={column} />;
    case "array":
      return <ArrayView source={shown.source} size={size} />;
    case "file":
      return <FileView source={shown.source} size={size} />;
    default:
      return <Several {...props} size={size} />;
  }
}

const NOTHING: Readonly<Record<string, unknown>> = {};
const SHOWN_AS_THEY_ARE = new Set(["image", "audio", "video", "array", "file", "writing"]);
const MOST = { cell: 3, card: 4, full: 60 };

/** A list of media side by side; anything else that nests as a tree. */
function Several({ value, size = "cell", row, column }: MediaProps) {
  const items = Array.isArray(value) ? value : [];
  const media = items.length > 0 && items.every((each) => SHOWN_AS_THEY_ARE.has(shownOf(each).kind));
  if (!media) return <Tree value={value} size={size} name={column ?? ""} />;
  const few = items.slice(0, MOST[size]);
  const left = items.length - few.length;
  return (
    <span className={`media-several as-${size}`}>
      {few.map((each, place) => (
        <Media
          // biome-ignore lint/suspicious/noArrayIndexKey: a list of a row has no other names, and does not change
          key={place}
          value={each}
          size={size === "full" ? "card" : size}
          {...(row && { row })}
          {...(column && { column })}
        />
      ))}
      {left > 0 && <span className="faint">+{left}</span>}
    </span>
  );
}
