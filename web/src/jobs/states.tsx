import { useTranslation } from "react-i18next";

export const JOB_STATES = [
  "CREATED",
  "READY",
  "RUNNING",
  "PAUSED",
  "CANCELLING",
  "CANCELED",
  "SUCCESS",
  "FAIL",
  "UNKNOWN",
] as const;
const STATES = [...JOB_STATES, "ASSIGNING", "PREPARING", "RETRYING"] as const;

/** States of jobs, steps and tasks. */
export type State = (typeof STATES)[number];

const TONES: Record<State, "queued" | "busy" | "good" | "bad" | "resting"> = {
  CREATED: "queued",
  READY: "queued",
  ASSIGNING: "queued",
  PREPARING: "busy",
  RUNNING: "busy",
  RETRYING: "bad",
  PAUSED: "resting",
  CANCELLING: "resting",
  CANCELED: "resting",
  SUCCESS: "good",
  FAIL: "bad",
  UNKNOWN: "bad",
};

/** A later release of the server may know states that this page does not. */
export function stateOf(text: string): State {
  return STATES.find((each) => each === text) ?? "UNKNOWN";
}

export const toneOf = (text: string): string => TONES[stateOf(text)];

/** Somebody works at it, or will without being asked. */
export function isUnderWay(state: string): boolean {
  return ["CREATED", "READY", "RUNNING", "CANCELLING"].includes(state);
}

export function isOver(state: string): boolean {
  return state === "SUCCESS" || state === "FAIL" || state === "CANCELED";
}

/** A state, told by its word; the colour says it again. */
export function StateWord({ state }: { state: string }) {
  const { t } = useTranslation();
  const known = stateOf(state);
  return (
    <span className={`state ${TONES[known]}`}>
      <span className="dot" aria-hidden />
      {t(`jobs.states.${known}`)}
    </span>
  );
}
