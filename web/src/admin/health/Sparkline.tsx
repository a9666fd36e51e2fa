interface Props {
  label: string;
  /** The newest last; null where nothing was measured. */
  values: readonly (number | null)[];
  /** How many there can be: the line grows from the left. */
  room: number;
  shown: (value: number) => string;
}

const WIDTH = 240;
const HEIGHT = 48;

/** A figure of late, with its present value and its largest. */
export function Sparkline({ label, values, room, shown }: Props) {
  const known = values.filter((each): each is number => each !== null);
  const now = values.at(-1);
  const top = Math.max(...known, 0);
  return (
    <figure className="sparkline">
      <figcaption>{label}</figcaption>
      <strong>{now === null || now === undefined ? "–" : shown(now)}</strong>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <polyline points={points(values, top, room)} vectorEffect="non-scaling-stroke" />
      </svg>
      <span className="faint">{known.length > 1 ? `≤ ${shown(top)}` : " "}</span>
    </figure>
  );
}

function points(values: readonly (number | null)[], top: number, room: number): string {
  const step = WIDTH / Math.max(1, room - 1);
  const begin = WIDTH - (values.length - 1) * step;
  return values
    .flatMap((value, index) =>
      value === null ? [] : [`${begin + index * step},${HEIGHT - 2 - (value / (top || 1)) * (HEIGHT - 4)}`],
    )
    .join(" ");
}
