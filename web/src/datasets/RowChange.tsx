import { useTranslation } from "react-i18next";
import type { Version } from "../artifacts/kinds";
import { Media } from "../media/Media";
import { CopyButton } from "../ui/Copyable";
import { Tag } from "../ui/Tag";
import type { Difference } from "./queries";
import { keyShown, keyText } from "./rows/queries";
import { useWhole } from "./rows/useWhole";

// What scrolls must be reached by key.
const SCROLLED = { tabIndex: 0 };

/** One row that differs: its values before and after, those that changed marked. */
export function RowChange({ change, from, to }: { change: Difference; from: Version; to: Version }) {
  const { t } = useTranslation();
  const { before, after, kind, fields } = change;
  const name = keyShown(change.key);
  const names = [...new Set([...Object.keys(before?.values ?? {}), ...Object.keys(after?.values ?? {})])];
  const sides = [
    { key: "before", row: before, whole: useWhole(from) },
    { key: "after", row: after, whole: useWhole(to) },
  ] as const;
  return (
    <li>
      <div className="line">
        <code>{keyText(change.key)}</code>
        <CopyButton text={name} label={t("steps.copy", { what: name })} />
        <span className={`change ${kind}`}>{t(`artifacts.diff.kinds.${kind}`)}</span>
        {fields.map((field) => (
          <Tag key={field}>{field}</Tag>
        ))}
      </div>
      <section className="wide" aria-label={t("datasets.diff.row", { key: name })} {...SCROLLED}>
        <table className="values">
          <thead>
            <tr>
              <td />
              {names.map((name) => (
                <th key={name} scope="col" className={fields.includes(name) ? "differs" : undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sides.map(
              ({ key, row, whole }) =>
                row && (
                  <tr key={key} className={key}>
                    <th scope="row">{t(`artifacts.diff.${key}`)}</th>
                    {names.map((name) => (
                      <td key={name} className={fields.includes(name) ? "differs" : undefined}>
                        {name in row.values && (
                          <Media
                            value={row.values[name]}
                            row={row.values}
                            column={name}
                            project={from.project}
                            {...whole(row, name)}
                          />
                        )}
                      </td>
                    ))}
                  </tr>
                ),
            )}
          </tbody>
        </table>
      </section>
    </li>
  );
}
