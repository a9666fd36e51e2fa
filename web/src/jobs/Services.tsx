import { ExperimentOutlined, ExportOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, ok } from "../api/client";
import { CopyButton } from "../ui/Copyable";
import { Trouble } from "../ui/Trouble";
import { shortHandler } from "./names";
import type { Job } from "./queries";

/** What the job serves, with the ways to it. */
export function Services({ job, project, writes }: { job: Job; project: string; writes: boolean }) {
  const { t } = useTranslation();
  const runs = job.state === "RUNNING";
  const opening = useMutation({
    mutationFn: async (port: number) => {
      // Opened at once: browsers refuse windows that come later than the click.
      const page = window.open("about:blank", "_blank");
      if (page) page.opener = null;
      try {
        const { path } = await ok(
          api.POST("/api/v1/projects/{project}/jobs/{job}/addresses/{port}", {
            params: { path: { project, job: job.id, port } },
          }),
        );
        if (page) page.location.href = path;
        else location.assign(path);
      } catch (error) {
        page?.close();
        throw error;
      }
    },
  });
  return (
    <div className="job-services">
      <h2>{t("jobs.services.title")}</h2>
      <ul className="lines">
        {job.services.map((service) => (
          <li key={`${service.handler} ${service.port}`}>
            <div className="what">
              <strong>{shortHandler(service.handler)}</strong>{" "}
              <span className="faint">{t("jobs.services.port", { port: String(service.port) })}</span>
            </div>
            {writes && runs && (
              <Link to={`/projects/${project}/jobs/${job.id}/demo?port=${service.port}`}>
                <ExperimentOutlined aria-hidden /> {t("jobs.services.try")}
              </Link>
            )}
            <CopyButton text={`${location.origin}${service.path}`} label={t("jobs.services.copy")} />
            {writes && (
              <Button
                size="small"
                icon={<ExportOutlined aria-hidden />}
                disabled={!runs}
                loading={opening.isPending}
                onClick={() => opening.mutate(service.port)}
              >
                {t("jobs.services.open")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {!runs && <p className="faint">{t("jobs.services.asleep")}</p>}
      <Trouble error={opening.error} />
    </div>
  );
}
