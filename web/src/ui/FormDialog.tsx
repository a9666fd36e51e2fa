import { Form, type FormInstance, Modal } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { SignedOut } from "../account/SignedOut";
import { Trouble } from "./Trouble";
import { useUnsavedWarning } from "./unsaved";

interface Props<Typed> {
  title: string;
  okText: string;
  width?: number;
  /** What the form is about: how it is sent, whether that goes on, and what came of it. */
  acting: { mutate: (typed: Typed) => void; isPending: boolean; error: unknown };
  /** What is sent, where it is not just what was typed. */
  meant?: (typed: Typed) => Typed;
  initial?: { [Name in keyof Typed]?: Typed[Name] | undefined };
  /** Where fields are looked at or set from outside. */
  form?: FormInstance<Typed>;
  onEdit?: () => void;
  /** What codes of errors mean just here. */
  own?: Record<string, string>;
  /** The error is told beside a field. */
  told?: boolean;
  close: () => void;
  children: ReactNode;
  below?: ReactNode;
}

/** A dialog that asks for something, sends it, and stays with what was typed where that fails. */
export function FormDialog<Typed extends object>(properties: Props<Typed>) {
  const { title, okText, width, acting, meant, initial, onEdit, own, told, close, children, below } =
    properties;
  const { t } = useTranslation();
  const [form] = Form.useForm<Typed>(properties.form);
  // What was entered is given up by the button that says so, not by a click beside.
  const [dirty, setDirty] = useState(false);
  const leaving = dirty && !acting.isPending;
  const sent = useUnsavedWarning(leaving, leaving, undefined, acting.error);
  return (
    <Modal
      open
      {...(width && { width })}
      title={title}
      okText={okText}
      cancelText={t("app.cancel")}
      confirmLoading={acting.isPending}
      onOk={form.submit}
      mask={{ closable: !dirty }}
      keyboard={!dirty}
      onCancel={close}
    >
      <Form<Typed>
        form={form}
        // Fields are checked by our own rules, in the language of the page, however the form is sent.
        noValidate
        layout="vertical"
        requiredMark={false}
        {...(initial && { initialValues: initial })}
        onFinish={(typed) => {
          // At once: an answer may lead to another page before it was drawn that one is waited for.
          sent();
          acting.mutate(meant ? meant(typed) : typed);
        }}
        onValuesChange={() => {
          setDirty(true);
          onEdit?.();
        }}
      >
        {children}
        <SignedOut />
        <Trouble error={told ? undefined : acting.error} {...(own && { own })} />
        {/* The button below lies outside of the form, which Enter sends only by one of its own. */}
        <button type="submit" hidden disabled={acting.isPending} />
      </Form>
      {below}
    </Modal>
  );
}
