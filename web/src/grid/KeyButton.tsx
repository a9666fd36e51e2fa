import "./grid.css";

interface Props {
  /** As much of the key as is shown. */
  text: string;
  /** All of it. */
  whole: string;
  /** What pressing it does; read aloud. */
  label: string;
  open: () => void;
}

/** The key of a row, which opens that row: a finger has neither Enter nor a double click. */
export function KeyButton({ text, whole, label, open }: Props) {
  return (
    <button type="button" className="rowkey" title={whole} aria-label={label} onClick={open}>
      {text === "" ? '""' : text}
    </button>
  );
}
