import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { bytesQuery } from "./bytes";
import { elementsOf } from "./elements";
import { useHidden } from "./hidden";
import { useAddress } from "./lasting";
import { type Layer, leftOf, type Mark } from "./layers";
import { covered, type Figure } from "./outline";
import { paintMask, type Values, valuesOfPicture } from "./painting";
import { meantBy } from "./renewal";
import type { Source } from "./value";

interface Props {
  layers: Layer[];
  width: number;
  height: number;
  /** Pixels of the screen to one of the picture. */
  scale: number;
  captions: boolean;
}

const LARGEST_MASK = 32 << 20;

/** What is drawn over a picture, layer by layer. */
export function Overlay({ layers, width, height, scale, captions }: Props) {
  const shown = leftOf(layers, useHidden());
  return (
    <>
      {shown.flatMap(({ name, colour, masks, marks }) => [
        ...masks.map((source) => (
          <Mask key={`${name} ${meantBy(source.url)}`} source={source} colour={colour} />
        )),
        ...marks.map(({ figure }, place) =>
          figure.shape === "runs" ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: marks of a row have no other names
            <Runs key={`${name} ${place}`} figure={figure} colour={colour} />
          ) : null,
        ),
      ])}
      <svg viewBox={`0 0 ${width} ${height}`} className="media-over" aria-hidden="true">
        {shown.map(({ name, colour, marks }) => (
          <g key={name} stroke={colour} fill={colour}>
            {marks.map((mark, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: marks of a row have no other names
              <Marked key={place} {...mark} scale={scale} caption={captions ? mark.caption : ""} />
            ))}
          </g>
        ))}
      </svg>
    </>
  );
}

function Marked({ figure, whole, scale, caption }: Mark & { scale: number }) {
  const line = { fillOpacity: 0.14, strokeWidth: 2 / scale, strokeLinejoin: "round" } as const;
  if (figure.shape === "runs") return null;
  if (figure.shape === "box") {
    const { x, y, width, height } = figure;
    return (
      <>
        {whole && <rect x={x} y={y} width={width} height={height} {...line} />}
        <Caption x={x} y={y} scale={scale} text={caption} />
      </>
    );
  }
  const points = figure.spots.map((spot) => spot.join(",")).join(" ");
  const [x = 0, y = 0] = figure.spots[0] ?? [];
  return (
    <>
      {whole && figure.shape === "polygon" && <polygon points={points} {...line} />}
      {whole && figure.shape === "line" && <polyline points={points} {...line} fill="none" />}
      {whole &&
        figure.shape !== "polygon" &&
        figure.spots.map(([cx, cy], place) => (
          <circle
            // biome-ignore lint/suspicious/noArrayIndexKey: points have no other names
            key={place}
            cx={cx}
            cy={cy}
            r={(figure.shape === "points" ? 4 : 3) / scale}
            stroke="#000"
            strokeWidth={1 / scale}
          />
        ))}
      <Caption x={x} y={y} scale={scale} text={caption} />
    </>
  );
}

function Caption({ x, y, scale, text }: { x: number; y: number; scale: number; text: string }) {
  if (!text) return null;
  const size = 12 / scale;
  return (
    <text
      x={x}
      y={Math.max(size, y - 4 / scale)}
      fontSize={size}
      className="caption"
      stroke="#000"
      strokeWidth={3 / scale}
    >
      {text}
    </text>
  );
}

function Mask({ source, colour }: { source: Source; colour: string }) {
  const [values, setValues] = useState<Values>();
  const array = source.shape.length === 2 && !source.mime.startsWith("image/");
  const { data } = useQuery({
    ...bytesQuery(source.url, LARGEST_MASK),
    enabled: array && source.url !== "",
  });
  const address = useAddress(source.url, ignore);
  const handed = useRef(address);
  handed.current = address;
  useEffect(() => {
    if (array || !address.url) return;
    const image = new Image();
    image.onload = () => {
      handed.current.came();
      setValues(valuesOfPicture(image));
    };
    image.onerror = () => handed.current.failed();
    image.src = address.url;
    return () => {
      image.onload = image.onerror = null;
    };
  }, [array, address.url]);
  const [height, width] = source.shape;
  const own =
    array && data && height && width ? { values: elementsOf(data, source.dtype), width, height } : values;
  return own ? <Painted values={own} colour={colour} /> : null;
}

function ignore(): void {
  // What cannot be had marks nothing.
}

function Runs({ figure, colour }: { figure: Extract<Figure, { shape: "runs" }>; colour: string }) {
  const { runs, width, height } = figure;
  return <Painted values={{ values: covered(runs, height, width), width, height }} colour={colour} />;
}

function Painted({ values, colour }: { values: Values; colour: string }) {
  const place = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (place.current) paintMask(place.current, values, colour);
  });
  return <canvas ref={place} className="media-over" />;
}
