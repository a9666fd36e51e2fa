import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Pagination } from "antd";
import { useTranslation } from "react-i18next";
import { KeyButton } from "../../grid/KeyButton";
import { Legend } from "../../media/Legend";
import { layersOf } from "../../media/layers";
import { Media } from "../../media/Media";
import { Trouble } from "../../ui/Trouble";
import { askRows, keyShown, keyText, type Row, rowsKey } from "./queries";
import type { Shown } from "./RowTable";
import { isVisual } from "./types";

const PAGE = 24;
const FACTS = 6;

/** Rows as cards, page by page. */
export default function RowCards({
  version,
  where,
  view,
  columns,
  total,
  show,
  goTo,
}: Shown & { goTo: (at: number) => void }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  const page = Math.floor(Math.min(view.at, Math.max(0, total - 1)) / PAGE);
  const found = useQuery({
    queryKey: [...rowsKey(version, where), "cards", page],
    queryFn: ({ signal }) => askRows(version, where, page * PAGE, PAGE, { signal }),
    staleTime: 600_000,
    placeholderData: keepPreviousData,
  });
  const names = [...new Set([...view.order, ...Object.keys(columns)])].filter(
    (name) => name in columns && !view.hidden.includes(name),
  );
  const face = names.find((name) => isVisual(columns[name] ?? "") || columns[name] === "audio");
  const [first] = found.data ?? [];
  const range = {
    first: number.format(Math.min(total, page * PAGE + 1)),
    last: number.format(Math.min(total, (page + 1) * PAGE)),
    total: number.format(total),
  };
  return (
    <>
      <Trouble error={found.error} />
      {face && first && <Legend layers={layersOf(first.values, face)} />}
      <ul className="rowcards" aria-busy={found.isPlaceholderData || found.isPending}>
        {(found.data ?? []).map((row) => (
          <Card
            key={keyText(row.key)}
            row={row}
            names={names}
            face={face}
            open={() => show({ row: keyText(row.key) })}
          />
        ))}
      </ul>
      <nav className="rowpages" aria-label={t("rows.pages")}>
        <span className="faint">{t("rows.range", range)}</span>
        <Pagination
          size="small"
          current={page + 1}
          pageSize={PAGE}
          total={total}
          showSizeChanger={false}
          showQuickJumper={total > 10 * PAGE}
          onChange={(next) => goTo((next - 1) * PAGE)}
        />
      </nav>
    </>
  );
}

interface CardProps {
  row: Row;
  names: string[];
  face: string | undefined;
  open: () => void;
}

function Card({ row, names, face, open }: CardProps) {
  const { t } = useTranslation();
  const key = keyShown(row.key);
  const facts = names.filter((name) => name !== face);
  return (
    <li className="panel rowcard">
      {face && <Media value={row.values[face]} size="card" row={row.values} column={face} />}
      <div className="rowname">
        <KeyButton text={key} whole={key} label={t("rows.open", { key })} open={open} />
        <span className="faint">#{row.place}</span>
      </div>
      <dl>
        {facts.slice(0, face ? FACTS : FACTS * 2).map((name) => (
          <div key={name}>
            <dt title={name}>{name}</dt>
            <dd>
              <Media value={row.values[name]} size="cell" row={row.values} column={name} />
            </dd>
          </div>
        ))}
      </dl>
      {facts.length > (face ? FACTS : FACTS * 2) && (
        <button type="button" className="rowmore" onClick={open}>
          +{facts.length - (face ? FACTS : FACTS * 2)}
        </button>
      )}
    </li>
  );
}
