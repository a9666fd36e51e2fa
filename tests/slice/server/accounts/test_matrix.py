"""Every route, for everybody: what is let in follows from what routes declare and what roles give.

How to add a route or a parameter is told in `world`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient
from tests.slice.server.accounts import world
from tests.slice.server.accounts.schemas import Schemas
from tests.slice.server.accounts.statements import counted
from tests.slice.server.accounts.ways import AWAY, ELSEWHERE, ENDLESS, IDENTITIES, Way, expected, ways
from tests.slice.server.accounts.world import Maker, World, unknown
from tests.slice.server.conftest import ClientOf

from starwhale.core.permissions import OF_ADMINISTRATORS
from starwhale.server.access import ACCOUNT, ANYBODY, MARK, Routes, declared
from starwhale.server.once import GUARD

# The world of each route is a new one; numbers of things in it are larger than any that there is.
_NUMBERS = itertools.count(1_000_000)


@pytest.fixture(scope="module")
def schemas(app: FastAPI) -> Schemas:
    return Schemas(app)


def told_ways(app: FastAPI) -> Iterator[Way]:
    """Every route whose path can be filled; another test tells of the others."""
    return (way for way in ways(app) if not unknown(way))


def after(way: Way, maker: Maker) -> None:
    """Have everybody be as before, if a route may have changed that."""
    if not way.is_safe and re.search("/(me|users|login|logout|logins)(/|$)", way.path):
        maker.people.renew()


def test_every_path_parameter_can_be_filled(app: FastAPI) -> None:
    missing = {name: str(way) for way in ways(app) for name in unknown(way)}
    assert not missing, (
        f"add a line for each of these path parameters to MAKERS in {world.__file__}: {missing}"
    )


def test_every_route_lets_in_whom_it_should_and_nobody_else(
    app: FastAPI, maker: Maker, schemas: Schemas
) -> None:
    wrong: list[str] = []
    world, used = maker.make(next(_NUMBERS)), False
    for way in told_ways(app):
        app.state.callers.forget()
        if used:
            world, used = maker.make(next(_NUMBERS)), False
        # Those who are refused come first, since whoever is let in changes things.
        for identity in sorted(IDENTITIES, key=lambda identity: expected(way, identity) == "in"):
            wanted = expected(way, identity)
            if way.operation in ENDLESS and wanted in {"in", "any"}:
                continue
            if wanted == "any" and identity not in {"anonymous", "owner"}:
                continue  # open to anybody, and another test compares what is answered
            answer = world.send(way, identity, schemas)
            if used and wanted == "in" and _fault(way, wanted, answer):
                # Somebody before him may have taken away what there was.
                world, used = maker.make(next(_NUMBERS)), False
                app.state.callers.forget()
                answer = world.send(way, identity, schemas)
            if fault := _fault(way, wanted, answer):
                wrong.append(f"{way} {way.operation} ({way.access}) as {identity}: {fault}")
            used = used or (wanted == "in" and answer.status_code < 300 and not way.is_safe)
        after(way, maker)
    assert not wrong, "\n" + "\n".join(wrong)


def _fault(way: Way, wanted: str, answer: Any) -> str:
    """What is wrong with an answer: whoever is let in succeeds, and whoever is not is told exactly that."""
    status, told = answer.status_code, answer.text[:300]
    if way.operation in AWAY and wanted == "in":
        away, words = AWAY[way.operation]
        right = status == away and (words in told or way.method == "HEAD")
        return "" if right else f"{status} instead of {away}, {words}: {told}"
    if wanted == "any":
        return "" if status < 500 and status != 403 else f"{status} of what is open to anybody: {told}"
    if wanted == "in":
        return "" if 200 <= status < 300 else f"{status} instead of being let in: {told}"
    return "" if str(status) == wanted else f"{status} instead of {wanted}: {told}"


def test_what_belongs_to_others_answers_as_if_it_were_not_there(
    app: FastAPI, maker: Maker, schemas: Schemas
) -> None:
    wrong: list[str] = []
    place = maker.make(next(_NUMBERS), whole=True)
    for way in told_ways(app):
        if "project" not in way.parameters or way.operation in {"recover_project", "purge_project"}:
            continue
        for identity in ("owner", "maintainer", "guest", "reading token"):
            if expected(way, identity) == "403":
                continue
            # What is kept in memory is by the second time; when a token was used is noted once each minute.
            told = _told_all(app, schemas, place, way, identity)
            for _ in range(2):
                if not _differ(told, identity):
                    break
                told = _told_all(app, schemas, place, way, identity)
            if told[0][0] != 404:
                wrong.append(f"{way} as {identity}: {told[0]} for what is not there")
            if _differ(told, identity):
                wrong.append(f"{way} as {identity}: {told}")
    assert not wrong, "\n" + "\n".join(wrong)


def _differ(told: list[tuple[Any, ...]], identity: str) -> bool:
    # A hint tells an owner that it lies in his trash.
    alike = told[1:2] if identity == "owner" else told[1:]
    return any(each != told[0] for each in alike)


def _told_all(app: FastAPI, schemas: Schemas, place: World, way: Way, identity: str) -> list[tuple[Any, ...]]:
    """What is answered, and after how much work, of a project that is not there, of others, and removed."""
    told: list[tuple[Any, ...]] = []
    for project in (place.missing, place.foreign, place.removed):
        app.state.callers.forget()
        with counted(app) as seen:
            answer = place.send(way, identity, schemas, project=project)
        told.append((*_told(answer, project), len(seen)))
    return told


def _told(answer: Any, project: str) -> tuple[Any, ...]:
    body = answer.json() if answer.content else {}
    # The hint names the nearest project that he may see, or that he has removed it himself.
    removed = "was removed" in str(body.get("hint", ""))
    shown = [str(body.get(name, "")).replace(project, "PROJECT") for name in ("code", "detail", "title")]
    return answer.status_code, *shown, removed, " ".join(sorted(body)), answer.headers.get("content-type")


def test_no_body_takes_fields_that_it_does_not_know(
    app: FastAPI, client: TestClient, maker: Maker, schemas: Schemas
) -> None:
    wrong: list[str] = []
    for way in told_ways(app):
        schema = schemas.schema_of_body(way)
        if schema is None:
            continue
        for name, described in schemas.reachable(schema):
            if "properties" in described and described.get("additionalProperties") is not False:
                wrong.append(f"{way}: {name} is no Form")
        known = schemas.resolved(schema).get("properties", {})
        for name in ("admin", "role", "id", "user_id", "created_by", "project_id", "scopes", "whatever"):
            if name in known:
                continue
            body = {**(schemas.body(way) or {}), name: True}
            sent = way.path.format(**dict.fromkeys(way.parameters, "x"))
            path = (
                re.sub(r"/(\d+|x)(?=/|$)", "/1", sent) if {"build", "number"} & set(way.parameters) else sent
            )
            headers = {"Authorization": f"Bearer {maker.people.tokens['administrator']}"}
            answer = client.request(way.method, path, json=body, headers=headers)
            if answer.status_code != 422 or name not in answer.text:
                wrong.append(f"{way}: {name} gives {answer.status_code} {answer.text[:100]}")
    assert not wrong, "\n" + "\n".join(wrong)


def test_rights_of_the_whole_instance_and_of_projects_are_told_apart(app: FastAPI) -> None:
    for way in ways(app):
        permission = way.permission
        if permission is None or permission in OF_ADMINISTRATORS or way.operation in ELSEWHERE:
            continue
        assert "project" in way.parameters, f"{way} asks for {permission} of no project; see ELSEWHERE"


def test_a_route_a_mount_or_a_socket_that_says_nothing_keeps_the_server_from_starting() -> None:
    from starlette.responses import PlainTextResponse
    from starlette.routing import Mount

    def plain(app: FastAPI) -> None:
        app.get("/plain")(lambda: "x")

    def mount(app: FastAPI) -> None:
        app.router.routes.append(Mount("/mount", PlainTextResponse("x")))

    def socket(app: FastAPI) -> None:
        app.add_api_websocket_route("/socket", lambda: None)

    for add in (plain, mount, socket):
        app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        add(app)
        with pytest.raises(RuntimeError, match="does not say what it asks for"):
            list(declared(app))


def test_a_route_that_does_not_look_at_who_asks_keeps_the_server_from_starting() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.get("/plain", openapi_extra={MARK: ACCOUNT.value})(lambda: "x")
    with pytest.raises(RuntimeError, match="does not look at who asks"):
        list(declared(app))


def test_each_of_two_routes_that_share_what_they_call_asks_for_its_own() -> None:
    async def shared() -> str:
        return "x"

    routes = Routes("/x", "x")
    routes.get("/open", ANYBODY, name="open")(shared)
    routes.get("/shut", ACCOUNT, name="shut")(shared)
    guards = [getattr(each.endpoint, GUARD) for each in iter_route_contexts(routes.router.routes)]
    assert guards[0] is not guards[1]


@pytest.mark.parametrize("path", ["projects", "users", "pools"])
def test_no_body_is_read_of_whoever_may_not_come_in(client_of: ClientOf, path: str) -> None:
    broken: dict[str, Any] = {"content": b"{", "headers": {"Content-Type": "application/json"}}
    assert client_of("").post(f"/api/v1/{path}", **broken).status_code == HTTPStatus.UNAUTHORIZED
    answer = client_of("root", admin=True).post(f"/api/v1/{path}", **broken)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_names_of_operations_are_told_once(app: FastAPI) -> None:
    names = [way.operation for way in ways(app)]
    assert sorted(names) == sorted(set(names))
    assert Routes("/x", "x").router.routes == []
