import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button, Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ok } from "../../api/client";

const NUMBER = /^\d+(\.\d+)?$/;
const SIZE = /^\d+(\.\d+)?\s*([KkMGTP]i?B?)?$/;
const WHOLE = /^\d+$/;
const KINDS = [
  { field: "cpu", pattern: NUMBER, example: "4" },
  { field: "memory", pattern: SIZE, example: "8Gi" },
  { field: "gpu", pattern: WHOLE, example: "1" },
] as const;

/** What a task may ask for, and what it gets unasked. */
export function Bounds() {
  const { t } = useTranslation();
  return (
    <fieldset className="bounds">
      <legend>{t("admin.pools.bounds")}</legend>
      <span />
      <span className="faint">{t("admin.pools.most")}</span>
      <span className="faint">{t("admin.pools.default")}</span>
      {KINDS.map(({ field, pattern, example }) => {
        const name = t(`admin.pools.resources.${field}`);
        const rules = [{ pattern, message: t("admin.pools.amountWrong", { example }) }];
        return (
          <div key={field} className="row">
            <span>{name}</span>
            {(["most", "default"] as const).map((which) => (
              <Form.Item key={which} name={[field, which]} rules={rules} noStyle={false}>
                <Input
                  aria-label={`${name}: ${t(`admin.pools.${which}`)}`}
                  placeholder={example}
                  maxLength={24}
                  autoComplete="off"
                />
              </Form.Item>
            ))}
          </div>
        );
      })}
    </fieldset>
  );
}

/** Which machines belong to it. */
export function Labels() {
  const { t } = useTranslation();
  const needed = [{ required: true, whitespace: true, message: t("account.needed") }];
  return (
    <fieldset className="labels">
      <legend>{t("admin.pools.labels")}</legend>
      <p className="faint">{t("admin.pools.labelsHint")}</p>
      <Form.List name="labels">
        {(fields, { add, remove }) => (
          <>
            {fields.map(({ key, name }) => (
              <div key={key} className="row">
                <Form.Item name={[name, "key"]} rules={needed}>
                  <Input aria-label={t("admin.pools.labelName")} maxLength={317} autoComplete="off" />
                </Form.Item>
                <span aria-hidden>=</span>
                <Form.Item name={[name, "value"]} initialValue="">
                  <Input aria-label={t("admin.pools.labelValue")} maxLength={317} autoComplete="off" />
                </Form.Item>
                <Button
                  type="text"
                  icon={<DeleteOutlined aria-hidden />}
                  aria-label={t("admin.pools.labelRemove")}
                  onClick={() => remove(name)}
                />
              </div>
            ))}
            <Button size="small" icon={<PlusOutlined aria-hidden />} onClick={() => add()}>
              {t("admin.pools.labelAdd")}
            </Button>
          </>
        )}
      </Form.List>
    </fieldset>
  );
}

/** Who sees it where it is private. */
export function Users() {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const { data, isFetching } = useQuery({
    queryKey: ["users", "choice", search],
    placeholderData: keepPreviousData,
    queryFn: () => ok(api.GET("/api/v1/users", { params: { query: { search, size: 20 } } })),
  });
  return (
    <Form.Item name="users" label={t("admin.pools.users")}>
      <Select
        mode="multiple"
        loading={isFetching}
        showSearch={{ filterOption: false, onSearch: setSearch }}
        options={data?.items.map(({ name }) => ({ value: name, label: name })) ?? []}
      />
    </Form.Item>
  );
}
