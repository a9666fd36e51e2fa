import { useTranslation } from "react-i18next";
import { CopyButton } from "../ui/Copyable";
import type { Command } from "./snippets";

/** Commands and snippets, each with what it does and a button that copies it. */
export function Commands({ commands }: { commands: Command[] }) {
  const { t } = useTranslation();
  return (
    <ol className="steps">
      {commands.map(({ name, command }) => {
        const what = t(`artifacts.commands.${name}`);
        return (
          <li key={name}>
            <div>{what}</div>
            <div className="command">
              <code className="several">{command}</code>
              <CopyButton text={command} label={t("steps.copy", { what })} />
            </div>
          </li>
        );
      })}
    </ol>
  );
}
