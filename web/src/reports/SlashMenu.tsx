import { useTranslation } from "react-i18next";
import { CommandIcon } from "./CommandIcon";
import type { Command } from "./commands";
import type { Slash } from "./slash";

interface Props {
  slash: Slash;
  commands: Command[];
  at: number;
  choose: (command: Command) => void;
}

/** Ids of the list and of its commands, by which the text tells which of them is meant. */
export const COMMANDS = "slash-commands";
export const idOf = (command: Command): string => `slash-${command}`;

const WIDTH = 240;
const HEIGHT = 320;

/** What may be put in the place of a slash. */
export function SlashMenu({ slash, commands, at, choose }: Props) {
  const { t } = useTranslation();
  const left = Math.min(slash.left, window.innerWidth - WIDTH - 8);
  const below = slash.top + HEIGHT < window.innerHeight;
  const style = {
    left,
    ...(below ? { top: slash.top + 6 } : { bottom: window.innerHeight - slash.top + 28 }),
  };
  return (
    <div className="slash" style={style}>
      <div role="listbox" id={COMMANDS} aria-label={t("reports.insert")}>
        {commands.map((command, place) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the text, which hands them on
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the text
          <div
            key={command}
            id={idOf(command)}
            role="option"
            aria-selected={place === at}
            ref={(element) => {
              if (place === at) element?.scrollIntoView({ block: "nearest" });
            }}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(command)}
          >
            <CommandIcon command={command} />
            {t(`reports.commands.${command}`)}
          </div>
        ))}
      </div>
      {commands.length === 0 && <p className="faint">{t("reports.noCommand")}</p>}
    </div>
  );
}
