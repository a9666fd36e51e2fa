import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { bytesQuery } from "./bytes";
import { dtypeOf, elementsOf, layoutOf } from "./elements";
import type { Extent } from "./extent";
import { paintArray } from "./painting";
import type { Source } from "./value";

const LARGEST = 64 << 20;

interface Props {
  source: Source;
  name: string;
  learn: (extent: Extent) => void;
  fail: () => void;
  /** Whether dark bytes are made brighter: numbers of classes are pictures of nothing. */
  stretched?: boolean;
}

/** An array of numbers, painted as the picture that it is. */
export function ArrayPicture({ source, name, learn, fail, stretched = false }: Props) {
  const place = useRef<HTMLCanvasElement>(null);
  const { data, error } = useQuery(bytesQuery(source.url, LARGEST));
  const layout = layoutOf(source.shape);
  const known = dtypeOf(source.dtype);
  const wanted = layout && known ? layout.width * layout.height * layout.channels * known.bytes : -1;
  // Bytes that do not make up the shape are an encoded picture, or none.
  const fits = data ? data.byteLength === wanted : undefined;
  const handed = useRef({ learn, fail });
  handed.current = { learn, fail };
  const paint = JSON.stringify(layout);
  useEffect(() => {
    if (error || fits === false) handed.current.fail();
    if (!fits || !data || !place.current) return;
    const told = JSON.parse(paint);
    paintArray(place.current, elementsOf(data, source.dtype), told, source.dtype, stretched);
    handed.current.learn({ width: told.width, height: told.height });
  }, [data, error, fits, paint, source.dtype, stretched]);
  return <canvas ref={place} {...(name && { role: "img", "aria-label": name })} />;
}
