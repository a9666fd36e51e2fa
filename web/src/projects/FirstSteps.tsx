import { useTranslation } from "react-i18next";
import { Command } from "../ui/Copyable";
import { stepsOf } from "./steps";

interface Props {
  project: string;
  user: string | undefined;
  writes: boolean;
}

/** The commands for this very project, ready to be copied. */
export function FirstSteps({ project, user, writes }: Props) {
  const { t } = useTranslation();
  const steps = stepsOf({ project, user, writes, origin: location.origin });
  return (
    <section className="panel" aria-labelledby="steps">
      <h2 id="steps">{t("steps.title")}</h2>
      <p className="faint">{t("steps.text")}</p>
      <ol className="steps">
        {steps.map(({ name, command }) => (
          <li key={name}>
            <div>{t(`steps.${name}`)}</div>
            <Command text={command} label={t("steps.copy", { what: t(`steps.${name}`) })} />
          </li>
        ))}
      </ol>
      {writes && <p className="faint">{t("steps.names")}</p>}
    </section>
  );
}
