import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { Link, Navigate } from "react-router";
import logo from "../shell/starwhale.svg";
import { useAddress } from "../ui/useSearch";
import { Elsewhere } from "./Elsewhere";
import { safeNext, useMe } from "./me";
import SignInForm from "./SignInForm";

export default function SignInPage() {
  const { t } = useTranslation();
  const [parameters] = useAddress();
  const next = safeNext(parameters.get("next"));
  if (useMe()) return <Navigate to={next} replace />;
  return (
    <section className="door panel">
      <title>{`${t("login.title")} · ${t("app.name")}`}</title>
      <img src={logo} alt="" width="56" height="56" />
      <h1>{t("login.title")}</h1>
      <Refused why={parameters.get("refused")} />
      <SignInForm />
      <Elsewhere next={next} />
      <details>
        <summary>{t("login.firstRun")}</summary>
        <p>{t("login.firstRunText")} </p>
        <p>{t("login.lost")}</p>
      </details>
      <Link to="/projects">{t("login.visit")}</Link>
    </section>
  );
}

/** Why nobody came in by another provider, where that was just tried. */
function Refused({ why }: { why: string | null }) {
  const { t } = useTranslation();
  const told = {
    provider: t("login.refused.provider"),
    account: t("login.refused.account"),
    away: t("login.refused.away"),
    again: t("login.refused.again"),
  };
  if (!why) return null;
  const title = why in told ? told[why as keyof typeof told] : told.again;
  return <Alert type="error" showIcon role="alert" title={title} className="trouble" />;
}
