import {
  BuildOutlined,
  DatabaseOutlined,
  DeploymentUnitOutlined,
  PlayCircleOutlined,
} from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import type { Project } from "./queries";

const KINDS = [
  ["datasets", DatabaseOutlined],
  ["models", DeploymentUnitOutlined],
  ["runtimes", BuildOutlined],
  ["jobs", PlayCircleOutlined],
] as const;

/** How much there is of each kind; a dash for what one may not see. */
export function Counts({ counts }: { counts: Project["counts"] }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language, { notation: "compact" });
  return (
    <dl className="counts">
      {KINDS.map(([kind, Icon]) => {
        const count = counts[kind];
        return (
          <div key={kind}>
            <dt>
              <Icon aria-hidden /> {t(`projects.${kind}`)}
            </dt>
            <dd title={count === null ? t("projects.hiddenCount") : undefined}>
              {count === null ? "–" : number.format(count)}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
