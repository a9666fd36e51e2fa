import { useMutation } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { api, ok } from "../../api/client";
import { Scene } from "../../shell/Scene";
import { useComplaint } from "../../ui/Trouble";

const ShownOnce = lazy(() => import("../../ui/ShownOnce"));

/** Gives somebody a random password, and shows it once. */
export function ResetPassword({ name }: { name: string }) {
  const { t } = useTranslation();
  const complain = useComplaint();
  const resetting = useMutation({
    mutationFn: () => ok(api.POST("/api/v1/users/{name}/password", { params: { path: { name } } })),
    onError: (error) => complain(error),
  });
  return (
    <>
      <Popconfirm
        title={t("admin.users.resetSure", { name })}
        description={t("admin.users.resetText")}
        okText={t("admin.users.reset")}
        okButtonProps={{ danger: true }}
        cancelText={t("app.cancel")}
        onConfirm={() => resetting.mutateAsync().catch(() => undefined)}
      >
        <Button size="small" loading={resetting.isPending} aria-label={t("admin.users.resetOf", { name })}>
          {t("admin.users.reset")}
        </Button>
      </Popconfirm>
      {resetting.data && (
        <Scene waiting={null}>
          <ShownOnce
            title={t("admin.users.resetDone", { name })}
            text={t("admin.users.passwordOnce")}
            label={t("login.password")}
            secret={resetting.data.password}
            close={() => resetting.reset()}
          />
        </Scene>
      )}
    </>
  );
}
