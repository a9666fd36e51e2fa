"""Logins of programs by way of a browser."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import update
from starlette.testclient import TestClient

from starwhale.accounts.pending import challenge_of
from starwhale.catalog.tables.doorways import PendingLoginRow
from starwhale.core.actor import Actor
from starwhale.kit.times import utc_now
from starwhale.server.services import Services

ClientOf = Callable[..., TestClient]
ROOT = Actor(name="root", admin=True)


def ask(client: TestClient) -> tuple[str, dict[str, str]]:
    verifier = secrets.token_urlsafe(32)
    made = client.post(
        "/api/v1/logins", json={"challenge": challenge_of(verifier), "machine": "swcli on box"}
    )
    assert made.status_code == 201, made.text
    return verifier, made.json()


def progress(client: TestClient, verifier: str, waiting: dict[str, str]) -> tuple[str, str]:
    told = client.post(f"/api/v1/logins/{waiting['number']}/token", json={"verifier": verifier})
    assert told.status_code == 200, told.text
    return told.json()["progress"], told.json()["token"]


def test_somebody_lets_a_program_in_and_it_gets_a_token_once(client_of: ClientOf) -> None:
    program, ada = client_of(""), client_of("ada")
    verifier, waiting = ask(program)
    assert waiting["page"] == f"/cli-login#{waiting['code']}"
    assert progress(program, verifier, waiting) == ("waiting", "")
    seen = ada.get(f"/api/v1/logins/codes/{waiting['code']}").json()
    assert (seen["machine"], seen["address"]) == ("swcli on box", "testclient")
    assert "number" not in seen
    assert ada.post(f"/api/v1/logins/codes/{waiting['code'].lower()}/allow").status_code == 200
    word, token = progress(program, verifier, waiting)
    assert word == "granted"
    program.headers["Authorization"] = f"Bearer {token}"
    assert program.get("/api/v1/me").json()["name"] == "ada"
    assert progress(program, verifier, waiting) == ("ended", "")


def test_whoever_has_not_the_secret_gets_nothing(client_of: ClientOf) -> None:
    program, ada = client_of(""), client_of("ada")
    verifier, waiting = ask(program)
    ada.post(f"/api/v1/logins/codes/{waiting['code']}/allow")
    assert progress(client_of(""), secrets.token_urlsafe(32), waiting) == ("ended", "")
    assert progress(client_of(""), verifier, {**waiting, "number": "0" * 32}) == ("ended", "")
    assert progress(client_of(""), verifier, {**waiting, "number": waiting["code"]}) == ("ended", "")
    assert progress(program, verifier, waiting)[0] == "granted"


def test_a_refused_one_and_an_old_one_get_nothing(client_of: ClientOf, services: Services) -> None:
    program, ada = client_of(""), client_of("ada")
    verifier, waiting = ask(program)
    assert ada.post(f"/api/v1/logins/codes/{waiting['code']}/refuse").status_code == 200
    assert ada.post(f"/api/v1/logins/codes/{waiting['code']}/allow").status_code == 404
    assert progress(program, verifier, waiting) == ("refused", "")
    verifier, waiting = ask(program)
    with services.catalog.begin() as session:
        session.execute(update(PendingLoginRow).values(expires_at=utc_now() - timedelta(seconds=1)))
    assert ada.post(f"/api/v1/logins/codes/{waiting['code']}/allow").status_code == 404
    assert progress(program, verifier, waiting) == ("ended", "")


def test_only_whoever_is_logged_in_as_himself_lets_in(client_of: ClientOf) -> None:
    program, ada, small = client_of(""), client_of("ada"), client_of("")
    _, waiting = ask(program)
    made = ada.post("/api/v1/me/tokens", json={"name": "small", "scopes": ["*:read", "job:write"]}).json()
    small.headers["Authorization"] = f"Bearer {made['token']}"
    path = f"/api/v1/logins/codes/{waiting['code']}"
    assert program.get(path).status_code == 401
    assert program.post(f"{path}/allow").status_code == 401
    assert small.get(path).status_code == 403
    assert small.post(f"{path}/allow").status_code == 403
    assert ada.post(f"{path}/allow", headers={"Origin": "http://evil.example"}).status_code == 403


def test_a_disabled_account_gets_no_token(client_of: ClientOf, admin: TestClient) -> None:
    program, ada = client_of(""), client_of("ada")
    verifier, waiting = ask(program)
    ada.post(f"/api/v1/logins/codes/{waiting['code']}/allow")
    assert admin.patch("/api/v1/users/ada", json={"disabled": True}).status_code == 200
    assert progress(program, verifier, waiting) == ("ended", "")


def test_of_many_who_redeem_at_once_one_gets_the_token(client_of: ClientOf) -> None:
    program, ada = client_of(""), client_of("ada")
    verifier, waiting = ask(program)
    ada.post(f"/api/v1/logins/codes/{waiting['code']}/allow")
    with ThreadPoolExecutor(6) as pool:
        words = [pool.submit(progress, program, verifier, waiting) for _ in range(6)]
        assert sorted(each.result()[0] for each in words) == ["ended"] * 5 + ["granted"]


def test_many_who_ask_are_told_to_wait(client_of: ClientOf) -> None:
    program = client_of("")
    for _ in range(20):
        ask(program)
    body = {"challenge": challenge_of("x"), "machine": ""}
    assert program.post("/api/v1/logins", json=body).status_code == 429


def test_what_is_no_challenge_is_refused(client_of: ClientOf) -> None:
    for challenge in ("", "x" * 42, "x" * 44, "+" * 43, "é" * 43):
        body = {"challenge": challenge, "machine": ""}
        assert client_of("").post("/api/v1/logins", json=body).status_code == 422, challenge


def test_the_page_holds_no_script_and_goes_nowhere(client_of: ClientOf) -> None:
    page, script = client_of("").get("/cli-login"), client_of("").get("/cli-login.js")
    assert page.headers["content-type"].startswith("text/html")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "script-src" not in page.headers["content-security-policy"]  # so that default-src counts
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.text.count("<script") == 1
    for word in ("onclick", "onsubmit", "javascript:", "style="):
        assert word not in page.text
    for word in ("innerHTML", "location =", "location.href", "eval(", "document.write"):
        assert word not in script.text
