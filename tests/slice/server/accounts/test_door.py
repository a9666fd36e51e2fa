"""Who is let in, and what he may change with what he came with."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import argon2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.slice.server.accounts.statements import counted

from starwhale.accounts.pending import challenge_of
from starwhale.core.actor import Actor
from starwhale.server.services import Services

ClientOf = Callable[..., TestClient]
PASSWORD = "a whole sentence of words"
ROOT = Actor(name="root", admin=True)


@pytest.fixture
def ada(services: Services) -> str:
    services.users.add(ROOT, "ada", password=PASSWORD)
    return "ada"


def login(client: TestClient, name: str = "ada", password: str = PASSWORD) -> int:
    return client.post("/api/v1/login", json={"name": name, "password": password}).status_code


def test_a_session_begins_with_the_password_and_ends_with_logout(client_of: ClientOf, ada: str) -> None:
    client = client_of("")
    assert client.get("/api/v1/me").status_code == 401
    assert login(client) == 200
    me = client.get("/api/v1/me").json()
    assert (me["name"], me["has_password"]) == ("ada", True)
    assert client.post("/api/v1/logout").status_code == 204
    assert client.get("/api/v1/me").status_code == 401


def test_an_account_without_a_password_is_told_as_such_from_the_first(admin: TestClient) -> None:
    for name, body in (("bob", {}), ("eve", {"password": PASSWORD})):
        made = admin.post("/api/v1/users", json={"name": name, "email": f"{name}@example.com", **body})
        assert made.status_code == 201, made.text
        told = made.json().get("user", made.json())
        assert told["has_password"] is admin.get(f"/api/v1/users/{name}").json()["has_password"] is bool(body)


def test_the_secret_of_a_session_is_never_one_that_the_browser_brought(client_of: ClientOf, ada: str) -> None:
    planted = {"Cookie": "starwhale_session=chosen-by-somebody-else"}
    body = {"name": "ada", "password": PASSWORD}
    answer = client_of("").post("/api/v1/login", json=body, headers=planted)
    assert answer.status_code == 200
    assert "chosen-by-somebody-else" not in answer.headers["set-cookie"]
    assert client_of("").get("/api/v1/me", headers=planted).status_code == 401


def test_a_second_login_ends_the_session_before_it(
    client_of: ClientOf, server_app: FastAPI, ada: str
) -> None:
    client, old = client_of(""), client_of("")
    assert login(client) == 200
    old.headers["Cookie"] = f"starwhale_session={client.cookies['starwhale_session']}"
    assert old.get("/api/v1/me").status_code == 200
    assert login(client) == 200
    server_app.state.callers.forget()
    assert old.get("/api/v1/me").status_code == 401
    assert client.get("/api/v1/me").status_code == 200


def test_the_cookie_of_an_ended_session_does_not_keep_anybody_out(client_of: ClientOf, ada: str) -> None:
    client = client_of("")
    client.headers["Cookie"] = "starwhale_session=of-last-month"
    assert client.get("/healthz").status_code == 200
    assert client.get("/api/v1/projects").status_code == 200
    assert login(client) == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client_of: ClientOf, ada: str) -> None:
    answer = client_of("").post("/api/v1/login", json={"name": "ada", "password": PASSWORD})
    told = answer.headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=lax" in told
    assert answer.headers["cache-control"] == "no-store"


def test_over_https_only_the_cookie_that_no_other_host_can_set_counts(
    server_app: FastAPI, services: Services, ada: str
) -> None:
    settings = server_app.state.settings
    server_app.state.settings = settings.model_copy(update={"secure_cookies": True})
    user = services.users.get(ROOT, "ada")
    secret = services.doors.begin_session(user, address="")
    client = TestClient(server_app, base_url="https://localhost")
    for name, status in (("starwhale_session", 401), ("__Host-starwhale_session", 200)):
        cookie = {"Cookie": f"{name}={secret}"}
        assert client.get("/api/v1/me", headers=cookie).status_code == status
    gone = client.post("/api/v1/logout", headers=cookie).headers["set-cookie"]
    assert gone.startswith("__Host-starwhale_session=")
    assert "secure" in gone.lower()
    again = client.post("/api/v1/login", json={"name": "ada", "password": PASSWORD})
    assert again.headers["set-cookie"].startswith("__Host-")


def test_a_token_is_no_session_and_a_session_no_token(
    client_of: ClientOf, services: Services, ada: str
) -> None:
    user = services.users.get(ROOT, "ada")
    me = Actor(name="ada", user=user.id)
    secret, token = services.doors.begin_session(user, address=""), services.tokens.create(me, "t")[1]
    as_cookie, as_token = {"Cookie": f"starwhale_session={token}"}, {"Authorization": f"Bearer {secret}"}
    client = client_of("")
    assert client.get("/api/v1/me", headers={"Cookie": f"starwhale_session={secret}"}).status_code == 200
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert client.get("/api/v1/me", headers=as_cookie).status_code == 401
    assert client.get("/api/v1/me", headers=as_token).status_code == 401


def test_whatever_is_no_token_is_refused(client_of: ClientOf) -> None:
    zeros = "Bearer sw_" + "0" * 49
    for shown in ("Bearer", "Bearer ", "Bearer x", "Basic YTpi", zeros, "Bearer \xff\xfe", "bearer a b"):
        answer = client_of("").get("/api/v1/me", headers=[(b"Authorization", shown.encode("latin-1"))])
        assert answer.status_code == 401, shown
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_disabled_account_comes_in_by_no_door(client_of: ClientOf, admin: TestClient, ada: str) -> None:
    browser, program = client_of(""), client_of("ada")
    assert login(browser) == 200
    assert program.get("/api/v1/me").status_code == 200
    assert admin.patch("/api/v1/users/ada", json={"disabled": True}).status_code == 200
    assert program.get("/api/v1/me").status_code == 401
    assert browser.get("/api/v1/me").status_code == 401
    assert login(client_of("")) == 401
    assert admin.patch("/api/v1/users/ada", json={"disabled": False}).status_code == 200
    assert login(client_of("")) == 200


def test_rights_are_gone_within_five_seconds_even_when_another_server_took_them(
    client_of: ClientOf, services: Services
) -> None:
    boss = client_of("boss", admin=True)
    assert boss.get("/api/v1/users").status_code == 200
    services.users.add(ROOT, "other", password=None, admin=True)
    services.users.change(ROOT, "boss", admin=False)  # not through this server
    started = time.monotonic()
    while boss.get("/api/v1/users").status_code == 200:
        assert time.monotonic() - started < 5
        time.sleep(0.1)


def test_an_unknown_name_takes_as_long_as_a_wrong_password(services: Services, ada: str) -> None:
    from starwhale.accounts.passwords import verify_password
    from starwhale.accounts.repository import UserRepository

    with services.catalog.read() as session:
        stored = UserRepository(session).by_name("ada")
    assert stored is not None
    taken: dict[str | None, list[float]] = {stored[1]: [], None: []}
    for _ in range(15):
        for which, times in taken.items():
            started = time.thread_time()
            assert not verify_password(which, "wrong password")
            times.append(time.thread_time() - started)
    # What a busy machine adds is no work.
    known, unknown = map(min, taken.values())
    assert unknown == pytest.approx(known, rel=0.1)


def test_all_who_are_refused_cost_the_same_work(
    client_of: ClientOf, server_app: FastAPI, services: Services, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal time, told by what takes it: hashes and statements, which are the same on a busy machine."""
    services.users.add(ROOT, "boss", password=None, admin=True)
    services.users.add(ROOT, "gone", password=PASSWORD)
    services.users.change(ROOT, "gone", disabled=True)
    services.users.add(ROOT, "elsewhere", password=None)  # comes in by another provider only
    hashed: list[str] = []
    for name in ("verify_secret", "hash_secret"):
        real = getattr(argon2._password_hasher, name)
        monkeypatch.setattr(argon2._password_hasher, name, noting(name, real, hashed))
    client, work = client_of(""), dict[str, tuple[Any, ...]]()
    login(client, "somebody", "wrong password")  # what is made once
    for name, password in (
        ("ada", "wrong password"),
        ("nobody-at-all", "wrong password"),
        ("gone", PASSWORD),
        ("gone", "wrong password"),
        ("elsewhere", "wrong password"),
    ):
        hashed.clear()
        with counted(server_app) as seen:
            answer = client.post("/api/v1/login", json={"name": name, "password": password})
        told = answer.status_code, answer.json()["detail"]
        asked = tuple(" ".join(statement.split()[:3]) for statement in seen)
        work[f"{name} {password}"] = (*told, tuple(hashed), asked)
    # Whoever is counted already for his name has one row less swept away.
    swept = {(*told[:3], tuple(each for each in told[3] if "DELETE" not in each)) for told in work.values()}
    assert len(swept) == 1, work
    assert next(iter(work.values()))[2] == ("verify_secret",)


def noting(name: str, real: Callable[..., object], seen: list[str]) -> Callable[..., object]:
    def note(*given: object, **more: object) -> object:
        seen.append(name)
        return real(*given, **more)

    return note


def test_wrong_passwords_are_limited_by_name_and_say_when_to_come_again(
    client_of: ClientOf, ada: str
) -> None:
    client = client_of("")
    statuses = [login(client, "ada", "wrong") for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    answer = client.post("/api/v1/login", json={"name": "ADA", "password": "wrong"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60


def test_no_name_says_more_than_another(client_of: ClientOf, ada: str) -> None:
    for name in ("", "ada", "nobody", "a/b", "\u0131", "x" * 80, "' OR 1=1 --", "%00", "é"):
        answer = client_of("").post("/api/v1/login", json={"name": name, "password": "wrong"})
        assert (answer.status_code, answer.json()["detail"]) == (401, "name or password is wrong"), name


def test_a_zero_byte_is_refused_where_text_is_expected(client_of: ClientOf) -> None:
    answer = client_of("").post("/api/v1/login", json={"name": "a\0", "password": "wrong"})
    assert answer.status_code == 422
    assert client_of("admin", admin=True).get("/api/v1/users?search=%00").status_code < 500


LIMITED = [{"scopes": ["*:read"]}, {"scopes": ["dataset:write"]}, {"project": "vision"}]


@pytest.mark.parametrize("limits", LIMITED, ids=str)
def test_a_limited_token_cannot_touch_its_account(
    client_of: ClientOf, services: Services, limits: dict[str, object]
) -> None:
    whole = client_of("ada")
    assert whole.post("/api/v1/projects", json={"name": "vision"}).status_code == 201
    services.doors.begin_session(services.users.get(ROOT, "ada"), address="")
    made = whole.post("/api/v1/me/tokens", json={"name": "small", **limits}).json()
    session = whole.get("/api/v1/me/sessions").json()["items"][0]["id"]
    small = client_of("")
    small.headers["Authorization"] = f"Bearer {made['token']}"
    assert small.get("/api/v1/me").json()["name"] == "ada"
    assert small.post("/api/v1/me/tokens", json={"name": "larger"}).status_code == 403
    assert small.get("/api/v1/me/tokens").status_code == 403
    assert small.delete(f"/api/v1/me/tokens/{made['id']}").status_code == 403
    assert small.get("/api/v1/me/sessions").status_code == 403
    assert small.delete(f"/api/v1/me/sessions/{session}").status_code == 403
    body = {"old": PASSWORD, "new": "another sentence of words"}
    assert small.put("/api/v1/me/password", json=body).status_code == 403
    # In the project of his token an owner does all that owners do.
    left = small.delete("/api/v1/projects/vision/members/ada").status_code
    assert left == (409 if "project" in limits else 403)
    assert small.post("/api/v1/projects", json={"name": "more"}).status_code == 403
    assert small.get("/api/v1/users").status_code == 403
    assert small.delete("/api/v1/me/token").status_code == 204
    assert small.get("/api/v1/me").status_code == 401


def test_a_token_of_a_project_lists_and_sees_that_one_only(client_of: ClientOf) -> None:
    whole = client_of("ada")
    for name in ("vision", "speech"):
        assert whole.post("/api/v1/projects", json={"name": name}).status_code == 201
    made = whole.post("/api/v1/me/tokens", json={"name": "one", "project": "vision"}).json()
    small = client_of("")
    small.headers["Authorization"] = f"Bearer {made['token']}"
    assert [each["name"] for each in small.get("/api/v1/projects").json()["items"]] == ["vision"]
    assert small.get("/api/v1/projects/speech").status_code == 404


def test_a_token_makes_none_that_outlives_it(client_of: ClientOf) -> None:
    whole, soon = client_of("ada"), datetime.now(UTC) + timedelta(hours=1)
    made = whole.post("/api/v1/me/tokens", json={"name": "hour", "expires_at": soon.isoformat()}).json()
    short = client_of("")
    short.headers["Authorization"] = f"Bearer {made['token']}"
    later = (soon + timedelta(hours=1)).isoformat()
    earlier = (soon - timedelta(minutes=1)).isoformat()
    assert short.post("/api/v1/me/tokens", json={"name": "ever"}).status_code == 403
    assert short.post("/api/v1/me/tokens", json={"name": "x", "expires_at": later}).status_code == 403
    assert short.post("/api/v1/me/tokens", json={"name": "x", "expires_at": earlier}).status_code == 201
    # Nor does it let a program in, which would be given one that counts for ever.
    challenge = {"challenge": challenge_of("its secret"), "machine": "box"}
    code = client_of("").post("/api/v1/logins", json=challenge).json()["code"]
    assert short.post(f"/api/v1/logins/codes/{code}/allow").status_code == 403
    assert short.post(f"/api/v1/logins/codes/{code}/refuse").status_code == 200


def test_a_time_without_a_zone_is_refused(client_of: ClientOf) -> None:
    body = {"name": "x", "expires_at": "2030-01-01T00:00:00"}
    assert client_of("ada").post("/api/v1/me/tokens", json=body).status_code == 422


def test_a_number_that_no_row_has_is_no_fault_of_the_server(client_of: ClientOf) -> None:
    ada = client_of("ada")
    for number in (2**63 - 1, 2**63, 10**40, -1):
        assert ada.delete(f"/api/v1/me/tokens/{number}").status_code in {404, 422}
