import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { api, ok } from "../api/client";
import { elsewhere } from "./me";

/** The way in by another provider, where the server knows one. */
export function Elsewhere({ next }: { next: string }) {
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
      <Button size="large" block href={elsewhere(next)}>
        {t("login.elsewhere", { provider: hostOf(data.issuer) })}
      </Button>
    </>
  );
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}
