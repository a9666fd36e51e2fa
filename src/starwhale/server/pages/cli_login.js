"use strict";

// The code stands behind the number sign; coming back from another provider it is remembered for this tab.
const code = decodeURIComponent(location.hash.slice(1)) || sessionStorage.getItem("starwhale-code") || "";
const element = (id) => document.getElementById(id);

function show(id) {
  for (const each of ["login", "question"]) element(each).hidden = each !== id;
}

function say(text) {
  element("message").textContent = text;
}

async function ask(method, path, body) {
  const options = { method, credentials: "same-origin", headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch("/api/v1" + path, options);
  const told = answer.status === 204 ? {} : await answer.json();
  return { ok: answer.ok, status: answer.status, told };
}

async function begin() {
  if (!/^[A-Za-z]{4}-[A-Za-z]{4}$/.test(code)) {
    say("This address holds no code. Type `swcli instance login` and open the page that it names.");
    return;
  }
  sessionStorage.setItem("starwhale-code", code);
  const me = await ask("GET", "/me");
  if (me.status === 401) {
    show("login");
    const ways = await ask("GET", "/oidc");
    element("provider").hidden = !(ways.ok && ways.told.enabled);
    element("name").focus();
    return;
  }
  const waiting = await ask("GET", "/logins/codes/" + encodeURIComponent(code));
  if (!waiting.ok) {
    say(waiting.told.detail || "This did not work.");
    show("");
    return;
  }
  element("machine").textContent = waiting.told.machine || "A program";
  element("address").textContent = waiting.told.address || "an unknown address";
  element("user").textContent = me.told.name;
  element("code").textContent = waiting.told.code;
  say("");
  show("question");
}

async function decide(word, done) {
  const answer = await ask("POST", "/logins/codes/" + encodeURIComponent(code) + "/" + word);
  sessionStorage.removeItem("starwhale-code");
  say(answer.ok ? done : answer.told.detail || "This did not work.");
  show("");
}

element("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { name: element("name").value, password: element("password").value };
  const answer = await ask("POST", "/login", body);
  element("password").value = "";
  if (answer.ok) {
    say("");
    await begin();
  } else {
    say(answer.told.detail + (answer.told.hint ? ": " + answer.told.hint : ""));
  }
});
element("allow").addEventListener("click", () => decide("allow", "It is let in. You can close this page."));
element("refuse").addEventListener("click", () => decide("refuse", "It is refused. You can close this page."));
begin();
