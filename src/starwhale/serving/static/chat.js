// A chat with a function of the type LLMChat.
import { argumentsOf, Form, make } from "./form.js";

export function chat(each, found, ask) {
  const options = new Form(argumentsOf(each.operation, found), found, ["user_input", "history"]);
  const talk = make("div", { class: "talk", role: "log", "aria-live": "polite" });
  const entry = make("textarea", { id: "say", rows: "2", placeholder: "Write something; Enter sends it, Shift+Enter begins a line", "aria-label": "Message" });
  const send = make("button", { class: "main", type: "submit" }, "Send");
  const clear = make("button", { type: "button" }, "Clear");
  const node = make("form", {}, talk, make("div", { class: "field" }, entry), make("div", { class: "row" }, send, clear));
  if (options.fields.length) node.append(make("h3", {}, "Options"), options.node);
  let history = [];
  clear.addEventListener("click", () => {
    history = [];
    talk.replaceChildren();
  });
  entry.addEventListener("keydown", (event) => {
    // An input method ends a word with Enter as well; that is no wish to send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    node.requestSubmit();
  });
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = entry.value.trim();
    if (!text || send.disabled) return;
    send.disabled = true;
    entry.value = "";
    const answer = bubble("…", false);
    talk.append(bubble(text, true), answer);
    let told = "";
    try {
      const values = { ...(await options.values()), user_input: text, history };
      await ask(each.path, values, (piece) => {
        told = typeof piece === "string" ? told + piece : answerOf(piece);
        answer.textContent = told;
        talk.scrollTop = talk.scrollHeight;
      });
      history = [...history, { content: text, bot: false }, { content: told, bot: true }];
    } catch (error) {
      answer.textContent = error.message;
      answer.classList.add("bad");
    }
    send.disabled = false;
    entry.focus();
  });
  return node;
}

function bubble(text, mine) {
  return make("div", { class: mine ? "said mine" : "said" }, text);
}

// A function returns the history with its answer last, a message, or text.
function answerOf(value) {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return answerOf(value.findLast((each) => typeof each === "string" || each?.bot) ?? "");
  return value?.content ?? JSON.stringify(value);
}
