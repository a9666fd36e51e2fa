import { lazy, type ReactNode, Suspense, useContext, useState } from "react";
import { useTranslation } from "react-i18next";
import { ArrayPicture } from "./ArrayPicture";
import { ClassNames } from "./classes";
import type { Extent, Size } from "./extent";
import FileView from "./FileView";
import { Legend } from "./Legend";
import { useAddress } from "./lasting";
import { type Layer, layersOf } from "./layers";
import { Overlay } from "./Overlay";
import { LayerOrder } from "./order";
import { useExtent } from "./seen";
import type { Source } from "./value";
import { Zoom } from "./Zoom";

const Dialog = lazy(() => import("./Dialog"));

interface Props {
  source: Source;
  size: Size;
  row: Readonly<Record<string, unknown>>;
  column: string;
}

/** A picture with what its row marks in it; small ones open in full. */
export default function Picture({ source, size, row, column }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [broken, setBroken] = useState(false);
  const classes = useContext(ClassNames);
  const order = useContext(LayerOrder);
  const name = source.name || column || t("media.image");
  if (!source.url || broken) return <FileView source={source} size={size} />;
  const layers = size === "cell" && !open ? [] : layersOf(row, column, classes, order);
  const fail = (): void => setBroken(true);
  if (size === "full")
    return (
      <Viewer
        source={source}
        name={name}
        layers={layers}
        fail={fail}
        enlarge={() => setOpen(true)}
        open={open}
        close={() => setOpen(false)}
      />
    );
  return (
    <>
      <button
        type="button"
        className={`media-thumb as-${size}`}
        aria-label={t("media.openImage", { name })}
        onClick={(event) => {
          event.stopPropagation();
          setOpen(true);
        }}
      >
        <Thumb source={source} layers={size === "card" ? layers : []} fail={fail} />
      </button>
      {open && (
        <Suspense fallback={null}>
          <Dialog title={name} close={() => setOpen(false)} wide>
            <Viewer source={source} name={name} layers={layers} fail={fail} tall />
          </Dialog>
        </Suspense>
      )}
    </>
  );
}

interface ViewerProps {
  source: Source;
  name: string;
  layers: Layer[];
  fail: () => void;
  tall?: boolean;
  open?: boolean;
  enlarge?: () => void;
  close?: () => void;
}

function Viewer({ source, name, layers, fail, tall = false, open = false, enlarge, close }: ViewerProps) {
  const picture = (learn: (extent: Extent) => void): ReactNode => (
    <Pixels source={source} name={name} learn={learn} fail={fail} />
  );
  return (
    <div className="media-viewer">
      <Zoom picture={picture} layers={layers} tall={tall} {...(enlarge && { enlarge })} />
      <Legend layers={layers} labelled />
      {open && close && (
        <Suspense fallback={null}>
          <Dialog title={name} close={close} wide>
            <Viewer source={source} name={name} layers={layers} fail={fail} tall />
          </Dialog>
        </Suspense>
      )}
    </div>
  );
}

function Thumb({ source, layers, fail }: { source: Source; layers: Layer[]; fail: () => void }) {
  const [place, room] = useExtent<HTMLSpanElement>();
  const [extent, setExtent] = useState<Extent>();
  const scale = extent ? Math.min(room.width / extent.width, room.height / extent.height) : 1;
  return (
    <span ref={place} className={`media-stage ${scale > 2 ? "coarse" : ""}`}>
      <Pixels source={source} name="" learn={setExtent} fail={fail} />
      {extent && layers.length > 0 && (
        <Overlay layers={layers} {...extent} scale={scale || 1} captions={false} />
      )}
    </span>
  );
}

interface PixelsProps {
  source: Source;
  name: string;
  learn: (extent: Extent) => void;
  fail: () => void;
}

/** The picture itself: as the browser decodes it, or painted where its bytes are bare pixels. */
function Pixels({ source, name, learn, fail }: PixelsProps) {
  const whole = source.shape.length >= 2 && source.shape.every((length) => length !== null);
  const bare = source.mime === "x/grayscale";
  const [encoded, setEncoded] = useState(!(bare && whole));
  const address = useAddress(source.url, () => {
    if (whole && !bare && !source.mime) setEncoded(false);
    else fail();
  });
  if (!encoded)
    return <ArrayPicture source={source} name={name} learn={learn} fail={() => setEncoded(true)} />;
  return (
    <img
      src={address.url}
      alt={name}
      loading="lazy"
      decoding="async"
      draggable={false}
      onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => {
        address.came();
        learn({ width: naturalWidth, height: naturalHeight });
      }}
      onError={address.failed}
    />
  );
}
