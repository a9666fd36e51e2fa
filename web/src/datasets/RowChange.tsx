import { useTranslation } from "react-i18next";
import { Media } from "../media/Media";
import { CopyButton } from "../ui/Copyable";
import { Tag } from "../ui/Tag";
import type { Difference } from "./queries";

// What scrolls must be reached by key.
const SCROLLED = { tabIndex: 0 };

/** One row that differs: its values before and after, those that changed marked. */
export function RowChange({ change, project }: { change: Difference; project: string }) {
  const { t } = useTranslation();
  const { before, after, kind, fields } = change;
  const names = [...new Set([...Object.keys(before?.values ?? {}), ...Object.keys(after?.values ?? {})])];
  const sides = [
    { key: "before", row: before },
    { key: "after", row: after },
  ] as const;
  return (
    <li>
      <div className="line">
        <code>{JSON.stringify(change.key)}</code>
        <CopyButton text={String(change.key)} label={t("steps.copy", { what: String(change.key) })} />
        <span className={`change ${kind}`}>{t(`artifacts.diff.kinds.${kind}`)}</span>
        {fields.map((field) => (
          <Tag key={field}>{field}</Tag>
        ))}
      </div>
      <section
        className="wide"
        aria-label={t("datasets.diff.row", { key: String(change.key) })}
        {...SCROLLED}
      >
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
              ({ key, row }) =>
                row && (
                  <tr key={key} className={key}>
                    <th scope="row">{t(`artifacts.diff.${key}`)}</th>
                    {names.map((name) => (
                      <td key={name} className={fields.includes(name) ? "differs" : undefined}>
                        {name in row.values && (
                          <Media value={row.values[name]} row={row.values} column={name} project={project} />
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
