import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet, useLocation, useParams } from "react-router";
import { routes as datasets } from "../datasets/routes";
import { routes as evaluations } from "../evaluations/routes";
import { routes as jobs } from "../jobs/routes";
import { routes as models } from "../models/routes";
import { routes as reports } from "../reports/routes";
import { routes as runtimes } from "../runtimes/routes";
import { Scene } from "../shell/Scene";

const ROOMS = Object.entries({ datasets, models, runtimes, jobs, evaluations, reports }).filter(
  ([, routes]) => routes.length > 0,
) as [Room, unknown][];

type Room = "datasets" | "models" | "runtimes" | "jobs" | "evaluations" | "reports";

/** What all pages of a project stand in: the way to its other pages, and the page. */
export function ProjectHouse() {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  const { pathname } = useLocation();
  const home = `/projects/${project}`;
  const rooms = useRef<HTMLElement>(null);
  // On a phone there is not room for all of them: the one that is shown is scrolled to.
  // biome-ignore lint/correctness/useExhaustiveDependencies: which is shown follows from the address
  useEffect(() => {
    const here = rooms.current?.querySelector<HTMLElement>("[aria-current=page]");
    if (here && rooms.current) rooms.current.scrollLeft = here.offsetLeft - rooms.current.clientWidth / 2;
  }, [pathname]);
  return (
    <>
      <nav ref={rooms} className="rooms" aria-label={t("project.rooms.title")}>
        <NavLink to={home} end>
          {t("project.rooms.overview")}
        </NavLink>
        {ROOMS.map(([room]) => (
          <NavLink key={room} to={`${home}/${room}`}>
            {t(`project.rooms.${room}`)}
          </NavLink>
        ))}
      </nav>
      <Scene whole key={pathname}>
        <Outlet />
      </Scene>
    </>
  );
}
