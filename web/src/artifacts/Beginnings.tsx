import { useTranslation } from "react-i18next";
import { useMe } from "../account/me";
import { Commands } from "./Commands";
import type { Kind } from "./kinds";
import { beginnings } from "./snippets";

/** The commands that bring the first package of a kind into this very project. */
export function Beginnings({ kind, project }: { kind: Kind; project: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const commands = beginnings({ kind, project, user: me?.name, origin: location.origin });
  return (
    <section className="panel narrow" aria-labelledby="beginnings">
      <h2 id="beginnings">{t(`artifacts.begin.${kind}`)}</h2>
      <p className="faint">{t("artifacts.beginText")}</p>
      <Commands commands={commands} />
    </section>
  );
}
