import { useTranslation } from "react-i18next";
import { Tag } from "../ui/Tag";
import type { Argument, Handler } from "./handlers";
import { shortName } from "./Stages";

interface Props {
  taken: (Argument & { of: Handler[] })[];
  /** There are several steps, so it is said which of them takes what. */
  several: boolean;
}

/** What may be given to a run, with what is meant by it. */
export function Arguments({ taken, several }: Props) {
  const { t, i18n } = useTranslation();
  const and = new Intl.ListFormat(i18n.language, { style: "short" });
  return (
    <table className="sheet arguments" aria-label={t("models.arguments")}>
      <thead>
        <tr>
          <th scope="col">{t("models.argument")}</th>
          <th scope="col">{t("models.type")}</th>
          <th scope="col">{t("models.usual")}</th>
          <th scope="col">{t("models.meaning")}</th>
        </tr>
      </thead>
      <tbody>
        {taken.map((each) => (
          <tr key={each.option}>
            <th scope="row">
              <code>{each.option}</code> {each.required && <Tag tone="info">{t("models.required")}</Tag>}
            </th>
            <td data-title={t("models.type")}>
              <Type of={each} />
            </td>
            <td data-title={t("models.usual")}>{shown(each) && <code>{shown(each)}</code>}</td>
            <td>
              {each.help}
              {several && (
                <div className="faint small">
                  {t("models.of", { steps: and.format(each.of.map(({ name }) => shortName(name))) })}
                </div>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const TYPES = ["text", "integer", "float", "boolean", "choice", "path"] as const;

function Type({ of }: { of: Argument }) {
  const { t } = useTranslation();
  const known = TYPES.find((each) => each === of.type);
  return (
    <>
      {known ? t(`models.types.${known}`) : t("models.types.other", { type: of.type })}
      {of.choices.length > 0 && (
        <>
          {" "}
          <code>{of.choices.join(" | ")}</code>
        </>
      )}
      {of.multiple && <div className="faint small">{t("models.several")}</div>}
    </>
  );
}

/** The default as people would write it. */
function shown({ usual, flag, multiple }: Argument): string {
  if (multiple && usual === "[]") return "";
  return flag ? usual.toLowerCase() : usual;
}
