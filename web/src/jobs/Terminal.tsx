import { FitAddon } from "@xterm/addon-fit";
import { Terminal as Screen } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { useEffect, useEffectEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Farewell, farewellOf, shellOf } from "./shells";

interface Props {
  project: string;
  job: string;
  task: string;
  /** Called once nothing runs in it any more. */
  end: () => void;
}

/** A terminal in a task. What is typed and printed goes over a web socket, as bytes. */
export default function Terminal({ project, job, task, end }: Props) {
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const hint = useId();
  const [leads, setLeads] = useState(false);
  const [state, setState] = useState<"opening" | "open" | Farewell>("opening");
  useEffect(() => {
    Object.assign(Screen.strings, {
      promptLabel: t("jobs.shell.input"),
      tooMuchOutput: t("jobs.shell.tooMuch"),
    });
  }, [t]);
  const ended = useEffectEvent(end);
  useEffect(() => {
    const box = frame.current;
    if (!box) return;
    const screen = new Screen({
      cursorBlink: true,
      fontSize: 13,
      fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
      theme: { background: "#0b0d12", foreground: "#d7dde8" },
      scrollback: 5_000,
      screenReaderMode: true,
    });
    const fitting = new FitAddon();
    screen.loadAddon(fitting);
    screen.open(box);
    screen.attachCustomKeyEventHandler(tabsBy(setLeads));
    screen.textarea?.setAttribute("aria-describedby", hint);
    fitting.fit();
    const socket = new WebSocket(shellOf(location, project, job, task));
    socket.binaryType = "arraybuffer";
    let told: Farewell | undefined;
    const size = () => JSON.stringify({ rows: screen.rows, columns: screen.cols });
    socket.onopen = () => {
      socket.send(JSON.stringify({ command: [], rows: screen.rows, columns: screen.cols }));
      setState("open");
      screen.focus();
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === "string") told = farewellOf(data);
      else screen.write(new Uint8Array(data));
    };
    socket.onclose = () => {
      setState(told ?? { status: null, cause: "" });
      ended();
    };
    const typed = screen.onData((text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(new TextEncoder().encode(text));
    });
    const binary = screen.onBinary((text) => {
      if (socket.readyState === WebSocket.OPEN)
        socket.send(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
    });
    const resized = screen.onResize(() => {
      if (socket.readyState === WebSocket.OPEN) socket.send(size());
    });
    const watcher = new ResizeObserver(() => {
      // One that is hidden has no size, which is none to tell its program of.
      if (box.offsetParent) fitting.fit();
    });
    watcher.observe(box);
    return () => {
      watcher.disconnect();
      for (const each of [typed, binary, resized]) each.dispose();
      socket.onclose = null;
      socket.close();
      screen.dispose();
    };
  }, [project, job, task, hint]);
  return (
    <>
      <div className="shell-frame">
        <div ref={frame} />
      </div>
      <p id={hint} role="status" className="faint">
        {t(leads ? "jobs.shell.tabLeads" : "jobs.shell.tabTyped")}
      </p>
      <p role="status" className="faint">
        {typeof state === "string" ? (
          t(state === "open" ? "jobs.shell.opened" : "jobs.shell.opening")
        ) : state.status !== null ? (
          t("jobs.shell.ended", { status: state.status })
        ) : state.cause ? (
          <span lang="en">{state.cause}</span>
        ) : (
          t("jobs.shell.refused")
        )}
      </p>
    </>
  );
}

/**
 * Which keys the terminal is given: all but Ctrl + M, which is Enter by another name and decides whether Tab is typed or
 * leads on. Without it nobody who has no pointer could leave.
 */
function tabsBy(say: (leads: boolean) => void): (event: KeyboardEvent) => boolean {
  let leads = false;
  return (event) => {
    const { type, key, ctrlKey } = event;
    if (!ctrlKey || key.toLowerCase() !== "m") return !(leads && key === "Tab");
    if (type === "keydown") {
      event.preventDefault();
      leads = !leads;
      say(leads);
    }
    return false;
  };
}
