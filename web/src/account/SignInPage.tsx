import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useSearchParams } from "react-router";
import { api, ok } from "../api/client";
import logo from "../shell/starwhale.svg";
import { Trouble } from "../ui/Trouble";
import { safeNext, signIn, useMe } from "./me";

interface Typed {
  name: string;
  password: string;
}

export default function SignInPage() {
  const { t } = useTranslation();
  const [parameters] = useSearchParams();
  const asking = useQueryClient();
  const entering = useMutation({ mutationFn: (typed: Typed) => signIn(asking, typed) });
  if (useMe()) return <Navigate to={safeNext(parameters.get("next"))} replace />;
  const name = [{ required: true, message: t("login.nameNeeded") }];
  const password = [{ required: true, message: t("login.passwordNeeded") }];
  return (
    <section className="door panel">
      <title>{`${t("login.title")} · ${t("app.name")}`}</title>
      <img src={logo} alt="" width="56" height="56" />
      <h1>{t("login.title")}</h1>
      <Trouble error={entering.error} own={{ unauthorized: t("login.wrong") }} />
      <Form<Typed> layout="vertical" requiredMark={false} onFinish={(typed) => entering.mutate(typed)}>
        <Form.Item name="name" label={t("login.name")} rules={name}>
          <Input autoComplete="username" autoCapitalize="none" maxLength={80} size="large" />
        </Form.Item>
        <Form.Item name="password" label={t("login.password")} rules={password}>
          <Input.Password autoComplete="current-password" maxLength={256} size="large" />
        </Form.Item>
        <Button type="primary" htmlType="submit" size="large" block loading={entering.isPending}>
          {t("login.submit")}
        </Button>
      </Form>
      <Elsewhere />
      <details>
        <summary>{t("login.firstRun")}</summary>
        <p>{t("login.firstRunText")} </p>
        <p>{t("login.lost")}</p>
      </details>
      <Link to="/projects">{t("login.visit")}</Link>
    </section>
  );
}

/** The way in by another provider, where the server knows one. */
function Elsewhere() {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ["ways in"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => ok(api.GET("/api/v1/oidc")),
  });
  if (!data?.enabled) return null;
  return (
    <>
      <p className="or">{t("login.or")}</p>
      <Button size="large" block href="/api/v1/oidc/login?after=home">
        {t("login.elsewhere", { provider: hostOf(data.issuer) })}
      </Button>
    </>
  );
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}
