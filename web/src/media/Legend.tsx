import { useTranslation } from "react-i18next";
import { toggleLayer, useHiddenLayers } from "./hidden";
import { colourOf, type Layer } from "./layers";

/** The layers over a picture by name and colour; each is switched on and off. */
export function Legend({ layers }: { layers: Layer[] }) {
  const { t } = useTranslation();
  const hidden = useHiddenLayers();
  if (!layers.length) return null;
  return (
    <fieldset className="media-legend">
      <legend className="unseen">{t("media.layers")}</legend>
      {layers.map(({ name, figures, masks }, place) => (
        <button
          key={name}
          type="button"
          aria-pressed={!hidden.has(name)}
          title={t("media.layer", { name, count: figures.length + masks.length })}
          onClick={(event) => {
            event.stopPropagation();
            toggleLayer(name);
          }}
        >
          <span className="swatch" style={{ background: colourOf(place) }} />
          {name}
          <span className="faint">{figures.length + masks.length}</span>
        </button>
      ))}
    </fieldset>
  );
}
