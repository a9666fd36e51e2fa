import { useQuery } from "@tanstack/react-query";
import { Segmented } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Trouble } from "../ui/Trouble";
import { ArrayPicture } from "./ArrayPicture";
import { bytesQuery } from "./bytes";
import { dtypeOf, elementsOf, endsOf, isPictorial, layoutOf, linesOf, totalOf, wholeAt } from "./elements";
import type { Size } from "./extent";
import FileView from "./FileView";
import { bytesOf } from "./measures";
import { useSeen } from "./seen";
import type { Source } from "./value";
import { Zoom } from "./Zoom";

const Dialog = lazy(() => import("./Dialog"));
const THUMB = 1 << 20;
const MOST = 1 << 20;
const NUMBERS = { cell: 8, card: 64, full: 4096 };

/** An array of numpy: its type and shape, and what is in it, as numbers or as a picture. */
export default function ArrayView({ source, size }: { source: Source; size: Size }) {
  const { t, i18n } = useTranslation();
  const [place, seen] = useSeen<HTMLSpanElement>();
  const [open, setOpen] = useState(false);
  const layout = layoutOf(source.shape);
  const known = dtypeOf(source.dtype);
  const pictorial = layout !== undefined && isPictorial(layout) && known !== undefined;
  const facts = (
    <span className="media-facts">
      <code>{known?.name ?? source.dtype}</code>{" "}
      <span className="faint">{factsOf(source, i18n.language)}</span>
    </span>
  );
  if (!source.url) return <FileView source={source} size={size} />;
  if (size === "full") return <Whole source={source} pictorial={pictorial} />;
  const name = source.name || t("media.array");
  const opening = t("media.openArray", {
    name: `${known?.name ?? source.dtype} ${source.shape.join(" × ")}`,
  });
  const small = pictorial && (source.size ?? THUMB + 1) <= THUMB;
  return (
    <span ref={place} className={`media-array as-${size}`}>
      <button
        type="button"
        {...(small
          ? { className: `media-thumb as-${size}`, "aria-label": opening }
          : { className: "media-open", title: opening })}
        onClick={(event) => {
          event.stopPropagation();
          setOpen(true);
        }}
      >
        {small ? seen && <Small source={source} /> : facts}
      </button>
      {small ? size === "card" && facts : seen && <Numbers source={source} size={size} />}
      {open && (
        <Suspense fallback={null}>
          <Dialog title={name} close={() => setOpen(false)} wide={pictorial}>
            <Whole source={source} pictorial={pictorial} />
          </Dialog>
        </Suspense>
      )}
    </span>
  );
}

function Small({ source }: { source: Source }) {
  return (
    <span className="media-stage coarse">
      <ArrayPicture source={source} name="" learn={ignore} fail={ignore} stretched />
    </span>
  );
}

function ignore(): void {
  // A preview that is not to be had leaves its place empty; the array in full says why.
}

function factsOf(source: Source, language: string): string {
  const shape = source.shape.length ? source.shape.map((length) => length ?? "?").join(" × ") : "";
  return [shape, bytesOf(source.size, language)].filter(Boolean).join(" · ");
}

function Whole({ source, pictorial }: { source: Source; pictorial: boolean }) {
  const { t, i18n } = useTranslation();
  const [view, setView] = useState<"picture" | "numbers">(pictorial ? "picture" : "numbers");
  const [broken, setBroken] = useState(false);
  return (
    <div className="media-array as-full">
      <div className="media-tools">
        <code>{dtypeOf(source.dtype)?.name ?? source.dtype}</code>
        <span className="faint">{factsOf(source, i18n.language)}</span>
        {pictorial && (
          <Segmented
            size="small"
            value={view}
            options={[
              { value: "picture", label: t("media.picture") },
              { value: "numbers", label: t("media.numbers") },
            ]}
            onChange={setView}
          />
        )}
      </div>
      {view === "picture" && !broken ? (
        <Zoom
          layers={[]}
          tall={false}
          picture={(learn) => (
            <ArrayPicture
              source={source}
              name={t("media.array")}
              learn={learn}
              fail={() => setBroken(true)}
              stretched
            />
          )}
        />
      ) : (
        <Numbers source={source} size="full" />
      )}
      <FileView source={source} size="card" />
    </div>
  );
}

function Numbers({ source, size }: { source: Source; size: Size }) {
  const { t, i18n } = useTranslation();
  const known = dtypeOf(source.dtype);
  const wanted = Math.min(MOST, NUMBERS[size] * (known?.bytes ?? 1));
  const { data, error } = useQuery({ ...bytesQuery(source.url, wanted), enabled: known !== undefined });
  if (!known) return size === "full" ? <p className="faint">{t("media.unknownType")}</p> : null;
  if (error) return size === "full" ? <Trouble error={error} /> : null;
  if (!data) return null;
  const elements = elementsOf(data, source.dtype);
  const write = (value: number): string => written(value, known.name, i18n.language);
  const at = (place: number): string =>
    wholeAt(data, source.dtype, place) ?? write(elements[place] ?? Number.NaN);
  if (size !== "full")
    return (
      <code className="media-numbers">{`[${Array.from(elements, (_, place) => at(place)).join(", ")}${isAll(source, data) ? "" : ", …"}]`}</code>
    );
  const ends = endsOf(elements, (place) => wholeAt(data, source.dtype, place));
  return <Table count={elements.length} source={source} ends={ends} at={at} />;
}

function isAll(source: Source, data: ArrayBuffer): boolean {
  return source.size !== null && data.byteLength >= source.size;
}

interface TableProps {
  /** How many elements are there. */
  count: number;
  source: Source;
  /** Places of the lowest and the highest. */
  ends: [number, number] | undefined;
  /** The element at a place. */
  at: (place: number) => string;
}

function Table({ count, source, ends, at }: TableProps) {
  const { t, i18n } = useTranslation();
  const { across, columns, lines, isCut } = linesOf(source.shape, count);
  const total = totalOf(source, count);
  const drawn = Array.from({ length: lines }, (_, line) => Math.min(columns, count - line * across)).reduce(
    (sum, each) => sum + each,
    0,
  );
  const range = ends && t("media.range", { low: at(ends[0]), high: at(ends[1]) });
  const number = new Intl.NumberFormat(i18n.language);
  const shown =
    drawn < total && t("media.someOnly", { shown: number.format(drawn), total: number.format(total) });
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key */}
      <div className="media-grid" tabIndex={0}>
        <table>
          <tbody>
            {Array.from({ length: lines }, (_, line) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of an array are their numbers
              <tr key={line}>
                <th scope="row">{source.shape.length > 1 ? line : line * across}</th>
                {Array.from({ length: columns }, (_, column) => {
                  const place = line * across + column;
                  // biome-ignore lint/suspicious/noArrayIndexKey: so are its columns
                  return <td key={column}>{place < count ? at(place) : ""}</td>;
                })}
                {isCut && <td className="faint">…</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="faint">{[range, shown].filter(Boolean).join(" · ")}</p>
    </>
  );
}

function written(value: number, dtype: string, language: string): string {
  if (dtype === "bool") return value ? "true" : "false";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (dtype.includes("float") && size !== 0 && (size >= 1e6 || size < 1e-3)) return value.toExponential(3);
  return new Intl.NumberFormat(language, { maximumFractionDigits: 4, useGrouping: false }).format(value);
}
