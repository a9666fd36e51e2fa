import { Button, Input as Entry, InputNumber, Select, Switch } from "antd";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Input } from "./spec";
import type { Faults, Typed } from "./values";

interface Props {
  inputs: Input[];
  typed: Typed;
  faults: Faults;
  change: (part: Typed) => void;
}

const KNOWN = ["temperature", "top_k", "top_p", "max_new_tokens"] as const;

/** A control for each input of a function. */
export function Inputs({ inputs, typed, faults, change }: Props) {
  return inputs.map((input) => (
    <Field
      key={input.name}
      input={input}
      value={typed[input.name]}
      fault={faults[input.name]}
      set={(value) => change({ [input.name]: value })}
    />
  ));
}

interface FieldProps {
  input: Input;
  value: Typed[string];
  fault: Faults[string] | undefined;
  set: (value: Typed[string]) => void;
}

function Field({ input, value, fault, set }: FieldProps) {
  const { t } = useTranslation();
  const id = useId();
  const known = KNOWN.find((each) => each === input.name);
  const hint = input.description || (known ? t(`demo.explained.${known}`) : "");
  return (
    <div className="demo-field">
      <label htmlFor={id}>
        <code>{input.title}</code>
        {input.required && <span className="faint"> {t("demo.required")}</span>}
      </label>
      <Control id={id} input={input} value={value} set={set} {...(fault && { status: "error" as const })} />
      <div id={`${id}-told`}>
        {hint && <div className="faint hint">{hint}</div>}
        {fault && (
          <div className="state bad" role="alert">
            {t(`demo.faults.${fault}`)}
          </div>
        )}
      </div>
    </div>
  );
}

interface ControlProps extends Omit<FieldProps, "fault"> {
  id: string;
  status?: "error";
}

function Control(properties: ControlProps) {
  switch (properties.input.control) {
    case "file":
    case "files":
      return <Files {...properties} />;
    case "choice":
    case "choices":
      return <Choice {...properties} />;
    case "yes":
      return (
        <div>
          <Switch
            id={properties.id}
            aria-describedby={`${properties.id}-told`}
            checked={properties.value === true}
            onChange={properties.set}
          />
        </div>
      );
    case "integer":
    case "number":
      return <Numeric {...properties} />;
    default:
      return <Text {...properties} />;
  }
}

function Text({ id, input, value, set, status }: ControlProps) {
  const json = input.control === "json";
  const common = {
    id,
    "aria-describedby": `${id}-told`,
    status: status ?? ("" as const),
    value: typeof value === "string" ? value : "",
    onChange: ({ target }: { target: { value: string } }) => set(target.value),
  };
  if (input.secret) return <Entry.Password {...common} autoComplete="off" />;
  return <Entry.TextArea {...common} rows={json ? 4 : 2} className={json ? "source" : ""} />;
}

function Numeric({ id, input, value, set, status }: ControlProps) {
  const { least, most } = input;
  const step = input.step ?? (input.control === "integer" ? 1 : undefined);
  const number = typeof value === "number" ? value : null;
  return (
    <div className="demo-number">
      {least !== undefined && most !== undefined && (
        <input
          type="range"
          aria-labelledby={id}
          aria-label={input.title}
          min={least}
          max={most}
          step={step ?? (most - least) / 100}
          value={number ?? least}
          onChange={({ target }) => set(Number(target.value))}
        />
      )}
      <InputNumber
        id={id}
        aria-describedby={`${id}-told`}
        status={status ?? ""}
        {...(least !== undefined && { min: least })}
        {...(most !== undefined && { max: most })}
        {...(step !== undefined && { step })}
        {...(input.control === "integer" && { precision: 0 })}
        value={number}
        onChange={(typed) => set(typed)}
      />
    </div>
  );
}

function Choice({ id, input, value, set, status }: ControlProps) {
  const options = input.choices.map((each, at) => ({ value: String(at), label: String(each) }));
  if (input.control === "choices")
    return (
      <Select
        id={id}
        aria-describedby={`${id}-told`}
        mode="multiple"
        status={status ?? ""}
        value={(value as string[]) ?? []}
        options={options}
        onChange={(chosen) => set(chosen)}
      />
    );
  return (
    <Select
      id={id}
      aria-describedby={`${id}-told`}
      allowClear={!input.required}
      status={status ?? ""}
      value={(value as string | undefined) ?? null}
      options={options}
      onChange={(chosen?: string) => set(chosen)}
    />
  );
}

const SEEN = ["image", "audio", "video"];

function Files({ id, input, value, set, status }: ControlProps) {
  const { t } = useTranslation();
  const chooser = useRef<HTMLInputElement>(null);
  const files = (value as File[] | undefined) ?? [];
  return (
    <div>
      <Button
        id={id}
        aria-describedby={`${id}-told`}
        danger={status === "error"}
        onClick={() => chooser.current?.click()}
      >
        {t(input.control === "files" ? "demo.chooseSeveral" : "demo.choose")}
      </Button>
      <input
        ref={chooser}
        hidden
        type="file"
        multiple={input.control === "files"}
        accept={SEEN.includes(input.media) ? `${input.media}/*` : undefined}
        onChange={({ target }) => set([...(target.files ?? [])])}
      />
      <div className="demo-gallery">
        {files.map((file) => (
          <Preview key={`${file.name} ${file.size} ${file.lastModified}`} file={file} />
        ))}
      </div>
    </div>
  );
}

function Preview({ file }: { file: File }) {
  const address = useAddress(file);
  if (!address) return null;
  return (
    <figure className="demo-media">
      {file.type.startsWith("image/") && <img src={address} alt={file.name} />}
      {file.type.startsWith("audio/") && (
        // biome-ignore lint/a11y/useMediaCaption: whatever somebody has chosen has no captions
        <audio src={address} controls aria-label={file.name} />
      )}
      <figcaption className="faint">{file.name}</figcaption>
    </figure>
  );
}

/** An address of some bytes in this page; it is given up with what shows it. */
export function useAddress(bytes: Blob): string {
  const [address, setAddress] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(bytes);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  return address;
}
