import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useHidden, useTurning } from "./hidden";
import { type Layer, labelsOf, sortsOf } from "./layers";

interface Props {
  layers: Layer[];
  /** Whether what is marked has its name beside it. */
  labelled?: boolean;
}

/** What lies over a picture, by column and by sort of mark; each is switched on and off. */
export function Legend({ layers, labelled = false }: Props) {
  const { t } = useTranslation();
  const hidden = useHidden();
  const { turnLayer, turnSort } = useTurning();
  if (!layers.length) return null;
  const labels = labelled ? labelsOf(layers) : 0;
  return (
    <div className="media-legends">
      <fieldset className="media-legend">
        <legend className="unseen">{t("media.layers")}</legend>
        {layers.map(({ name, colour, figures, masks }) => (
          <Switch
            key={name}
            name={name}
            count={figures.length + masks.length}
            on={!hidden.layers.has(name)}
            turn={() => turnLayer(name)}
          >
            <span className="swatch" style={{ background: colour }} />
          </Switch>
        ))}
      </fieldset>
      <fieldset className="media-legend">
        <legend className="unseen">{t("media.sortsOfMarks")}</legend>
        {[...sortsOf(layers), ...(labels > 0 ? [["labels", labels] as const] : [])].map(([sort, count]) => (
          <Switch
            key={sort}
            name={t(`media.sorts.${sort}`)}
            count={count}
            on={!hidden.sorts.has(sort)}
            turn={() => turnSort(sort)}
          />
        ))}
      </fieldset>
    </div>
  );
}

interface SwitchProps {
  name: string;
  count: number;
  on: boolean;
  turn: () => void;
  children?: ReactNode;
}

function Switch({ name, count, on, turn, children }: SwitchProps) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      aria-pressed={on}
      title={t("media.layer", { name, count })}
      onClick={(event) => {
        event.stopPropagation();
        turn();
      }}
    >
      {children}
      {name}
      <span className="faint">{count}</span>
    </button>
  );
}
