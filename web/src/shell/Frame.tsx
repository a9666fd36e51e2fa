import { lazy, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, Route, Routes, useLocation } from "react-router";
import { useMe } from "../account/me";
import { Header } from "./Header";
import { Missing } from "./Missing";
import { Scene } from "./Scene";

const SignIn = lazy(() => import("../account/SignInPage"));
const Account = lazy(() => import("../account/AccountPage"));
const Tokens = lazy(() => import("../account/TokensPage"));
const Projects = lazy(() => import("../projects/ProjectsPage"));
const Project = lazy(() => import("../projects/ProjectPage"));

export function Frame() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
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
      <a className="skip" href="#content">
        {t("app.skip")}
      </a>
      <Header />
      <main id="content" className="content" ref={main} tabIndex={-1}>
        <Scene key={pathname}>
          <Routes>
            <Route path="/" element={<Home />} />
            <Route path="/login" element={<SignIn />} />
            <Route path="/account" element={<Account />} />
            <Route path="/account/tokens" element={<Tokens />} />
            <Route path="/projects" element={<Projects />} />
            <Route path="/projects/:project" element={<Project />} />
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
