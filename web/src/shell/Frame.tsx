import { lazy, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, Route, Routes, useLocation } from "react-router";
import { useMe } from "../account/me";
import { routes as admin } from "../admin/routes";
import { useOutdated } from "../api/useOutdated";
import { routes as artifacts } from "../artifacts/routes";
import { routes as datasets } from "../datasets/routes";
import { routes as demo } from "../demo/routes";
import { routes as evaluations } from "../evaluations/routes";
import { routes as jobs } from "../jobs/routes";
import { routes as models } from "../models/routes";
import { ProjectHouse } from "../projects/ProjectHouse";
import { routes as reports } from "../reports/routes";
import { routes as runtimes } from "../runtimes/routes";
import { Header } from "./Header";
import { Missing } from "./Missing";
import type { PageRoute } from "./page";
import { Scene } from "./Scene";

const Outdated = lazy(() => import("./Outdated"));
const SignIn = lazy(() => import("../account/SignInPage"));
const Account = lazy(() => import("../account/AccountPage"));
const Tokens = lazy(() => import("../account/TokensPage"));
const Projects = lazy(() => import("../projects/ProjectsPage"));
const Project = lazy(() => import("../projects/ProjectPage"));

const PAGES = [admin, artifacts, datasets, demo, evaluations, jobs, models, reports, runtimes].flat();
const PROJECT = "/projects/:project";

function routeOf({ path, Page }: PageRoute) {
  return <Route key={path} path={path} element={<Page />} />;
}

export function Frame() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const [, section, name] = pathname.split("/");
  const main = useRef<HTMLElement>(null);
  const outdated = useOutdated();
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    // Who reads by ear or key is taken along to the new page.
    shown.current = pathname;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: what stands in the address behind the number sign may be an invitation */}
      <a
        className="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {t("app.skip")}
      </a>
      <Header />
      <main id="content" className="content" ref={main} tabIndex={-1}>
        {outdated !== undefined && (
          <Scene waiting={null}>
            <Outdated error={outdated} />
          </Scene>
        )}
        <Scene whole key={section === "projects" && name ? `projects/${name}` : pathname}>
          <Routes>
            <Route path="/" element={<Home />} />
            <Route path="/login" element={<SignIn />} />
            <Route path="/account" element={<Account />} />
            <Route path="/account/tokens" element={<Tokens />} />
            <Route path="/projects" element={<Projects />} />
            <Route path={PROJECT} element={<ProjectHouse />}>
              <Route index element={<Project />} />
              {PAGES.filter(({ path }) => path.startsWith(PROJECT)).map(routeOf)}
              <Route path="*" element={<Missing />} />
            </Route>
            {PAGES.filter(({ path }) => !path.startsWith(PROJECT)).map(routeOf)}
            <Route path="*" element={<Missing />} />
          </Routes>
        </Scene>
      </main>
    </>
  );
}

function Home() {
  return <Navigate to={useMe() ? "/projects" : "/login"} replace />;
}
