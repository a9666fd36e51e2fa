import { useTranslation } from "react-i18next";
import type { Role } from "./queries";

const ROLES: readonly Role[] = ["OWNER", "MAINTAINER", "GUEST"];

/** The roles to choose from, each with what it may do. */
export function useRoles(): { value: Role; short: string; label: React.ReactNode }[] {
  const { t } = useTranslation();
  return ROLES.map((value) => ({
    value,
    short: t(`roles.${value}`),
    label: (
      <>
        {t(`roles.${value}`)} <span className="faint">· {t(`members.roleHints.${value}`)}</span>
      </>
    ),
  }));
}
