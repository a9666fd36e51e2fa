import { Segmented } from "antd";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { language, speak } from "../i18n";
import { LANGUAGES, type Language } from "../i18n/languages";
import { day } from "../i18n/times";
import { APPEARANCES, appear, useAppearance } from "../shell/appearance";
import { Scene } from "../shell/Scene";
import { Tag } from "../ui/Tag";
import { AccountNav } from "./AccountNav";
import { Sessions } from "./Sessions";
import { SignedOut, useOwner } from "./SignedOut";

const Password = lazy(() => import("./Password"));

export default function AccountPage() {
  const { t, i18n } = useTranslation();
  const me = useOwner();
  if (!me) return <Navigate to="/login?next=/account" replace />;
  return (
    <div className="narrow">
      <title>{`${t("account.title")} · ${t("app.name")}`}</title>
      <h1>{me.name}</h1>
      <AccountNav />
      <SignedOut />
      <section className="panel">
        <dl className="facts">
          <dt>{t("account.email")}</dt>
          <dd>{me.email || t("account.none")}</dd>
          <dt>{t("account.since")}</dt>
          <dd>
            <time dateTime={me.created_at}>{day(me.created_at, i18n.language)}</time>
          </dd>
        </dl>
        {me.admin && <Tag tone="info">{t("account.admin")}</Tag>}
      </section>
      <Preferences />
      <section className="panel" aria-labelledby="password">
        <h2 id="password">{t("account.password")}</h2>
        {me.has_password ? (
          <>
            <p className="faint">{t("account.passwordText")}</p>
            <Scene>
              <Password name={me.name} />
            </Scene>
          </>
        ) : (
          <p className="faint">{t("account.noPassword")}</p>
        )}
      </section>
      <section className="panel" aria-labelledby="sessions">
        <h2 id="sessions">{t("account.sessions")}</h2>
        <p className="faint">{t("account.sessionsText")}</p>
        <Scene>
          <Sessions />
        </Scene>
      </section>
    </div>
  );
}

function Preferences() {
  const { t, i18n } = useTranslation();
  const { appearance } = useAppearance();
  const languages = Object.entries(LANGUAGES).map(([value, label]) => ({ value: value as Language, label }));
  const appearances = APPEARANCES.map((value) => ({ value, label: t(`app.appearances.${value}`) }));
  const choose = (wanted: Language): void => {
    language.write(wanted);
    void speak(wanted);
  };
  return (
    <section className="panel" aria-labelledby="page">
      <h2 id="page">{t("account.page")}</h2>
      <p className="faint">{t("account.pageText")}</p>
      <dl className="facts">
        <dt>{t("app.language")}</dt>
        <dd>
          <Segmented
            aria-label={t("app.language")}
            options={languages}
            value={i18n.language as Language}
            onChange={choose}
          />
        </dd>
        <dt>{t("app.appearance")}</dt>
        <dd>
          <Segmented
            aria-label={t("app.appearance")}
            options={appearances}
            value={appearance}
            onChange={appear}
          />
        </dd>
      </dl>
    </section>
  );
}
