import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { lazy, type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useNavigate } from "react-router";
import { Elsewhere } from "../../account/Elsewhere";
import { invited } from "../../account/invited";
import { type User, useMe } from "../../account/me";
import { api, ok } from "../../api/client";
import { problemOf } from "../../api/fault";
import { exact } from "../../i18n/times";
import { Notice } from "../../shell/Notice";
import { Scene } from "../../shell/Scene";
import logo from "../../shell/starwhale.svg";
import { Trouble } from "../../ui/Trouble";
import type { Invitation } from "./queries";
import "../admin.css";

const SignInForm = lazy(() => import("../../account/SignInForm"));
const SignUp = lazy(() => import("./SignUp"));

const ADDRESS = "/invitation";

/** Where an invitation leads: what stands behind the number sign never leaves the browser but in a body. */
export default function InvitationPage() {
  const { hash } = useLocation();
  const secret = hash.slice(1) || invited.read() || "";
  if (!secret) return <Nowhere />;
  return (
    <Scene key={secret} whole>
      <Door secret={secret} />
    </Scene>
  );
}

function Door({ secret }: { secret: string }) {
  const { t } = useTranslation();
  const { data } = useSuspenseQuery({
    queryKey: ["invitation", secret],
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    queryFn: () => looked(secret),
  });
  const good = "refusal" in data ? "" : secret;
  useEffect(() => invited.write(good), [good]);
  if ("refusal" in data) {
    // Whoever is not signed in is told no more than that he is not, whatever became of the invitation.
    const gone = t("admin.invited.notFound");
    return (
      <Nowhere>
        <Trouble error={data.refusal} own={{ not_found: gone, unauthorized: gone }} />
      </Nowhere>
    );
  }
  return <Invited secret={secret} invitation={data} />;
}

/** What an invitation says, or why it is none; whatever else is wrong may be over in a moment. */
async function looked(secret: string): Promise<Invitation | { refusal: unknown }> {
  try {
    return await ok(api.POST("/api/v1/invitations/look", { body: { secret } }));
  } catch (error) {
    if ([401, 404, 422].includes(problemOf(error).status)) return { refusal: error };
    throw error;
  }
}

function Nowhere({ children }: { children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Notice title={t("admin.invited.nowhere")} actions={<Link to="/projects">{t("missing.back")}</Link>}>
      <p>{t("admin.invited.nowhereText")}</p>
      {children}
    </Notice>
  );
}

function Invited({ secret, invitation }: { secret: string; invitation: Invitation }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const { project, role, created_by: who } = invitation;
  const title = project ? t("admin.invited.titleProject", { project }) : t("admin.invited.title");
  return (
    <section className="door panel">
      <title>{`${title} · ${t("app.name")}`}</title>
      <img src={logo} alt="" width="56" height="56" />
      <h1>{title}</h1>
      <p className="centred">
        {project && role
          ? t("admin.invited.textProject", {
              who,
              role: t(`roles.${role}`),
              may: t(`members.roleHints.${role}`),
            })
          : t("admin.invited.text", { who })}
      </p>
      {me ? (
        <Known secret={secret} project={project} me={me} />
      ) : (
        <Scene>
          <Unknown secret={secret} invitation={invitation} />
        </Scene>
      )}
      <p className="faint centred">
        {t("admin.invited.once", { when: exact(invitation.expires_at, i18n.language) })}
      </p>
    </section>
  );
}

/** Whoever has come in already. */
function Known({ secret, project, me }: { secret: string; project: string; me: User }) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const navigate = useNavigate();
  const joining = useMutation({
    mutationFn: () => ok(api.POST("/api/v1/invitations/accept", { body: { secret } })),
    onSuccess: async () => {
      invited.write("");
      await asking.invalidateQueries({ queryKey: ["projects"] });
      navigate(`/projects/${encodeURIComponent(project)}`, { replace: true });
    },
    // Whoever is a member already has no more use for it.
    onError: (error) => problemOf(error).code === "conflict" && invited.write(""),
  });
  if (!project)
    return (
      <>
        <p className="centred">{t("admin.invited.hasAccount", { name: me.name })}</p>
        <Link to="/projects" className="centred">
          {t("missing.back")}
        </Link>
      </>
    );
  return (
    <>
      <Trouble error={joining.error} own={{ conflict: t("admin.invited.already") }} />
      <Button type="primary" size="large" block loading={joining.isPending} onClick={() => joining.mutate()}>
        {t("admin.invited.join", { name: me.name })}
      </Button>
    </>
  );
}

function Unknown({ secret, invitation }: { secret: string; invitation: Invitation }) {
  const { t } = useTranslation();
  const [way, setWay] = useState<"up" | "in">("up");
  if (!invitation.project) return <SignUp secret={secret} invitation={invitation} />;
  return (
    <>
      <Segmented
        block
        aria-label={t("admin.invited.way")}
        options={(["up", "in"] as const).map((value) => ({ value, label: t(`admin.invited.ways.${value}`) }))}
        value={way}
        onChange={setWay}
      />
      {way === "up" ? (
        <SignUp secret={secret} invitation={invitation} />
      ) : (
        <>
          <SignInForm />
          <Elsewhere next={ADDRESS} />
        </>
      )}
    </>
  );
}
