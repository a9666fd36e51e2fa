import { useQuery } from "@tanstack/react-query";
import { Segmented } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Trouble } from "../ui/Trouble";
import { ArrayPicture } from "./ArrayPicture";
import { bytesQuery } from "./bytes";
import { dtypeOf, type Elements, elementsOf, isPictorial, layoutOf, rangeOf } from "./elements";
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
const ACROSS = 32;

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
  if (size !== "full")
    return (
      <code className="media-numbers">{`[${Array.from(elements, write).join(", ")}${isAll(source, data) ? "" : ", …"}]`}</code>
    );
  return <Table elements={elements} source={source} write={write} whole={isAll(source, data)} />;
}

function isAll(source: Source, data: ArrayBuffer): boolean {
  return source.size !== null && data.byteLength >= source.size;
}

interface TableProps {
  elements: Elements;
  source: Source;
  write: (value: number) => string;
  whole: boolean;
}

/** The elements in lines as long as the last axis. */
function Table({ elements, source, write, whole }: TableProps) {
  const { t } = useTranslation();
  const across = source.shape.at(-1) ?? ACROSS;
  const columns = Math.max(1, Math.min(across, ACROSS));
  const lines = Math.min(200, Math.ceil(elements.length / Math.max(1, across)));
  const total = source.shape.reduce<number>((product, length) => product * (length ?? 0), 1);
  const [low, high] = rangeOf(elements);
  const range = high >= low && t("media.range", { low: write(low), high: write(high) });
  const shown = whole ? "" : t("media.firstOnly", { count: elements.length, total });
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key */}
      <div className="media-grid" tabIndex={0}>
        <table>
          <tbody>
            {Array.from({ length: lines }, (_, line) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of an array are their numbers
              <tr key={line}>
                <th scope="row">{line}</th>
                {Array.from({ length: columns }, (_, column) => {
                  const value = elements[line * across + column];
                  // biome-ignore lint/suspicious/noArrayIndexKey: so are its columns
                  return <td key={column}>{value === undefined ? "" : write(value)}</td>;
                })}
                {across > columns && <td className="faint">…</td>}
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
