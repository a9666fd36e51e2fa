import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ok, revised } from "../../api/client";
import { useIntention } from "../../api/once";
import type { components } from "../../api/schema";
import { useMessages } from "../../shell/messages";
import { FormDialog } from "../../ui/FormDialog";
import { SwitchItem } from "../../ui/SwitchItem";
import { formOf, type Pool, type TypedPool, typedOf } from "./bounds";
import { Bounds, Labels, Users } from "./PoolFields";

type NewPool = components["schemas"]["NewPool"];

interface Props {
  /** What is changed; undefined for a new one. */
  pool: Pool | undefined;
  close: () => void;
}

/** A pool that is made or changed; the one that is built in is made when it is changed for the first time. */
export default function EditPool({ pool, close }: Props) {
  const there = pool?.created_at ? pool.name : "";
  return there ? <Known name={there} close={close} /> : <Editor pool={pool} etag="" close={close} />;
}

function Known({ name, close }: { name: string; close: () => void }) {
  const { data } = useSuspenseQuery({
    queryKey: ["pools", "one", name],
    staleTime: 0,
    queryFn: () => revised(api.GET("/api/v1/pools/{name}", { params: { path: { name } } })),
  });
  const [seen] = useState(data);
  return <Editor pool={seen.value} etag={seen.etag} close={close} />;
}

function Editor({ pool, etag, close }: Props & { etag: string }) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const intention = useIntention<NewPool>();
  const [form] = Form.useForm<TypedPool>();
  const closed = Form.useWatch("private", form);
  const saving = useMutation({
    mutationFn: (typed: TypedPool) => {
      const name = pool?.name ?? typed.name.trim();
      const body = formOf(typed);
      if (!etag)
        return ok(
          api.POST(
            "/api/v1/pools",
            intention.meant(typed, () => ({ ...body, name })),
          ),
        );
      const params = { path: { name }, header: { "if-match": etag } };
      return ok(api.PUT("/api/v1/pools/{name}", { params, body }));
    },
    onSuccess: () => {
      message.success(t("project.saved"));
      close();
    },
    onSettled: () => asking.invalidateQueries({ queryKey: ["pools"] }),
  });
  return (
    <FormDialog<TypedPool>
      width={640}
      title={pool ? t("admin.pools.changeOf", { name: pool.name }) : t("admin.pools.make")}
      okText={t(pool ? "app.save" : "app.create")}
      acting={saving}
      initial={typedOf(pool)}
      meant={(typed) => ({ ...typedOf(pool), ...typed })}
      form={form}
      close={close}
    >
      {!pool && (
        <Form.Item
          name="name"
          label={t("projects.name")}
          rules={[{ required: true, whitespace: true, message: t("account.needed") }]}
        >
          <Input autoFocus maxLength={80} autoCapitalize="none" autoComplete="off" spellCheck={false} />
        </Form.Item>
      )}
      <Form.Item name="description" label={t("projects.description")}>
        <Input.TextArea maxLength={10_000} rows={2} />
      </Form.Item>
      <Bounds />
      <Labels />
      <SwitchItem name="private" label={t("admin.pools.private")} extra={t("admin.pools.privateHint")} />
      {closed && <Users />}
    </FormDialog>
  );
}
