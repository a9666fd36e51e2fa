import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { Why } from "../../ui/Trouble";
import type { Fault } from "./checks";

/** What is to be shown at a field: what the page found, or what the server said. */
export type Told = { fault: Fault } | { error: unknown } | undefined;

interface Props {
  label: ReactNode;
  hint?: ReactNode;
  required?: boolean;
  told?: Told;
  /** The control, which is given the id that its label names and what describes it. */
  children: (given: { id: string; "aria-describedby": string; status: "" | "error" }) => ReactNode;
}

/** A control with its label, a hint, and what is wrong with what it holds. */
export function Field({ label, hint, required = false, told, children }: Props) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className="order-field">
      <label htmlFor={id}>
        {label}
        {required && <span className="faint"> {t("jobs.order.required")}</span>}
      </label>
      {children({ id, "aria-describedby": `${id}-told`, status: told ? "error" : "" })}
      <div id={`${id}-told`}>
        {hint && <div className="faint hint">{hint}</div>}
        {told && (
          <div className="fault" role="alert">
            {"fault" in told ? t(`jobs.order.faults.${told.fault}`) : <Why error={told.error} />}
          </div>
        )}
      </div>
    </div>
  );
}
