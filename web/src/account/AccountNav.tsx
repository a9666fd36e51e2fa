import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";

export function AccountNav() {
  const { t } = useTranslation();
  return (
    <nav className="tabs" aria-label={t("account.title")}>
      <NavLink to="/account" end>
        {t("account.title")}
      </NavLink>
      <NavLink to="/account/tokens">{t("tokens.title")}</NavLink>
    </nav>
  );
}
