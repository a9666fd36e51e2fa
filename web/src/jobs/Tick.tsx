interface Props {
  label: string;
  ticked: boolean;
  /** Not all, but some of what it stands for. */
  some?: boolean;
  tick: (ticked: boolean) => void;
}

/** A box to tick without a text beside it. */
export function Tick({ label, ticked, some = false, tick }: Props) {
  return (
    <input
      type="checkbox"
      className="tick-box"
      aria-label={label}
      checked={ticked}
      ref={(box) => {
        if (box) box.indeterminate = some && !ticked;
      }}
      onChange={({ target }) => tick(target.checked)}
    />
  );
}
