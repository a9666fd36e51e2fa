import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, NavLink, useLocation } from "react-router";
import { useMe } from "../account/me";
import { SignedOut, useStays } from "../account/SignedOut";
import { Notice } from "../shell/Notice";
import { Scene } from "../shell/Scene";
import "./admin.css";

const ROOMS = ["users", "pools", "audit", "health", "settings"] as const;

interface Props {
  room: (typeof ROOMS)[number];
  children: ReactNode;
  /** Stands beside the title. */
  actions?: ReactNode;
}

/** What all pages of administrators stand in; others are told that it is not for them. */
export function AdminFrame({ room, children, actions }: Props) {
  const { t } = useTranslation();
  const { pathname, search } = useLocation();
  const me = useMe();
  const stays = useStays(me?.admin ?? false);
  if (!me && !stays) return <Navigate to={`/login?next=${encodeURIComponent(pathname + search)}`} replace />;
  if (!me?.admin && !stays)
    return (
      <Notice title={t("admin.refused")} actions={<Link to="/projects">{t("missing.back")}</Link>}>
        <p>{t("admin.refusedText")}</p>
      </Notice>
    );
  return (
    <>
      <title>{`${t(`admin.rooms.${room}`)} · ${t("app.name")}`}</title>
      <nav className="rooms" aria-label={t("admin.title")}>
        {ROOMS.map((each) => (
          <NavLink key={each} to={`/admin/${each}`}>
            {t(`admin.rooms.${each}`)}
          </NavLink>
        ))}
      </nav>
      <div className="heading">
        <h1>{t(`admin.rooms.${room}`)}</h1>
        {actions}
      </div>
      <SignedOut />
      <Scene>{children}</Scene>
    </>
  );
}
