import { Form, Switch } from "antd";

/** A switch of a form, with what it means below. */
export function SwitchItem({ name, label, extra }: { name: string; label: string; extra: string }) {
  return (
    <Form.Item name={name} label={label} extra={extra} valuePropName="checked">
      <Switch />
    </Form.Item>
  );
}
