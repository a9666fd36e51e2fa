"""What holds for every route there is, as somebody who is logged in: no other site, no secret, no pickle."""

from __future__ import annotations

import io
import itertools
import logging
import pickle
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.slice.server.accounts import hostile
from tests.slice.server.accounts.furniture import NAME
from tests.slice.server.accounts.schemas import Schemas
from tests.slice.server.accounts.ways import ENDLESS, Way, expected, ways
from tests.slice.server.accounts.world import OCTETS, PASSWORD, Maker, World, make_app, packed, unknown
from tests.stores import Stores

from starwhale.server.app import create_app
from starwhale.server.settings import ServerSettings

pytestmark = pytest.mark.fault
CANARY = "canary-0f3a9c"
FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
)


@pytest.fixture(scope="module")
def app(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """A server that was given a secret wherever it takes one."""
    plain = make_app(stores, tmp_path_factory.mktemp("routes"))
    plain.state.services.close()
    told = plain.state.settings.model_dump() | {
        "store": plain.state.settings.store,
        "metrics_token": f"{CANARY}-metrics",
        "oidc_client_secret": f"{CANARY}-oidc",
        "env": {"AWS_SECRET_ACCESS_KEY": f"{CANARY}-store"},
    }
    made = create_app(ServerSettings.model_validate(told), background=False)
    yield made
    made.state.services.close()


@pytest.fixture(scope="module")
def maker(app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maker]:
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield Maker.of(app, client, tmp_path_factory.mktemp("things"))


@pytest.fixture(scope="module")
def world(maker: Maker) -> World:
    return maker.make(1)


def told(app: FastAPI) -> Iterator[Way]:
    return (way for way in ways(app) if not unknown(way) and way.operation not in ENDLESS)


def test_another_site_changes_nothing_by_any_route(app: FastAPI, world: World, maker: Maker) -> None:
    """With the cookie of somebody who may do everything, as his browser would send it."""
    services = app.state.services
    administrator = services.users.get(maker.people.actors["administrator"], "administrator")
    secret = services.doors.begin_session(administrator, address="")
    wrong, tried = list[str](), 0
    for way in told(app):
        # An address of a service is a secret by itself, and no cookie counts there.
        if way.is_safe or way.method == "OPTIONS" or way.path.startswith("/api/v1/services/"):
            continue
        path = re.sub(r"{(\w+)(?::\w+)?}", NAME, way.path)
        for headers in FOREIGN:
            tried += 1
            sent = {**headers, "Cookie": f"starwhale_session={secret}"}
            answer = world.client.request(way.method, path, json={}, headers=sent)
            if (answer.status_code, answer.json().get("code")) != (403, "foreign_origin"):
                wrong.append(f"{way} {headers}: {answer.status_code}")
        if "/services/" in way.path:
            continue  # what is sent to a service of a job has the form that the service likes
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            tried += 1
            sent = {"Content-Type": kind, "Cookie": f"starwhale_session={secret}"}
            answer = world.client.request(way.method, path, content=b"{}", headers=sent)
            if answer.status_code != 415:
                wrong.append(f"{way} as {kind}: {answer.status_code}")
    assert not wrong, "\n" + "\n".join(wrong)
    assert tried > 500


def test_no_secret_stands_in_an_answer_or_in_the_log(
    app: FastAPI, maker: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    """Those of the settings, of whoever asks, and of the tables: hashes of passwords, digests of tokens."""
    world, schemas = maker.make(2), Schemas(app)
    token = maker.people.tokens["owner"]
    secrets = {
        "a secret of the settings": CANARY,
        "the token that was shown": token,
        "the hash of a password": "$argon2",
        "a password": PASSWORD,
        "a digest of a token": _digest(token),
    }
    wrong, used = list[str](), False
    with caplog.at_level(logging.DEBUG):
        for way in told(app):
            app.state.callers.forget()
            for identity in ("owner",) if way.is_of_project else ("owner", "administrator"):
                answer = world.send(way, identity, schemas)
                if used and answer.status_code >= 300:
                    # Somebody before him may have taken away what there was.
                    world, used = maker.make(world.number + 1), False
                    app.state.callers.forget()
                    answer = world.send(way, identity, schemas)
                wrong += [f"{way}: {name}" for name, text in secrets.items() if text in answer.text]
                used = used or (not way.is_safe and answer.status_code < 300)
            if not way.is_safe and re.search("/(me|users|login|logout|logins)(/|$)", way.path):
                maker.people.renew()
                secrets["the token that was shown"] = maker.people.tokens["owner"]
        records = caplog.records
    said = "\n".join(f"{each.getMessage()} {each.exc_text or ''} {each.__dict__}" for each in records)
    wrong += [f"the log: {name}" for name, text in secrets.items() if text in said]
    assert said
    assert not wrong, "\n" + "\n".join(wrong)


def test_an_error_that_nobody_foresaw_tells_nothing(
    app: FastAPI, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"{CANARY} in an exception")

    monkeypatch.setattr(type(app.state.services.project_browser), "list", fail)
    headers = {"Authorization": f"Bearer {world.people.tokens['owner']}", "X-Secret": CANARY}
    answer = world.client.get("/api/v1/projects", headers=headers)
    assert answer.status_code == 500
    assert CANARY not in answer.text
    assert "RuntimeError" not in answer.text
    assert answer.json()["request"] in caplog.text
    assert world.people.tokens["owner"] not in caplog.text


def test_the_server_never_unpickles_whatever_lies_in_the_store(
    app: FastAPI, maker: Maker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every route, over packages and rows with pickles in them, with each way to load one watched."""
    loaded: list[str] = []
    watching = True

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event == "pickle.find_class":
            loaded.append(".".join(map(str, arguments)))

    def refuse(*_: object, **__: object) -> None:
        loaded.append("load")
        raise AssertionError("something was unpickled")

    sys.addaudithook(watch)
    for name in ("load", "loads"):
        monkeypatch.setattr(pickle, name, refuse)
    believing = Believing(app, maker, hostile.files(tmp_path))
    try:
        done = {way.operation for way in told(app) if believing.ask(way)}
        # A shard: its members are told apart by their endings, and read as what these say.
        shard = {f"a.{name.partition('.')[2]}": data for name, data in believing.files.items()}
        said = believing.send("all.tar", **shard)
    finally:
        watching = False
    assert loaded == []
    assert list(maker.template.marks.iterdir()) == list(tmp_path.iterdir()) == []
    assert len(done) > 170
    assert {"append_batch", "report_results", "put_blob", "download_model_file", "model_facts"} <= done
    assert '"built"' in said


class Believing:
    """Asks one route after the other about what holds pickles, and sends some where bytes are taken."""

    def __init__(self, app: FastAPI, maker: Maker, files: dict[str, bytes]) -> None:
        self._app, self._maker, self._schemas = app, maker, Schemas(app)
        self._numbers = itertools.count(900)
        self.files = files
        self._renew()

    def _renew(self) -> None:
        self._maker.people.renew()
        self._world = self._maker.make(next(self._numbers))

    def ask(self, way: Way) -> bool:
        """Whether a route was carried out; perhaps in a new world, when those before have used one up."""
        if not self._ask(way):
            self._renew()
            return self._ask(way)
        return True

    def _ask(self, way: Way) -> bool:
        world = self._world
        self._app.state.callers.forget()
        whoever = ("owner", "administrator", "job token")
        who = next((each for each in whoever if expected(way, each) in {"in", "any"}), "owner")
        # Each file of a package that a route can be asked for is one of these.
        answers = [
            world.send(way, who, self._schemas, {"path": name})
            for name in (self.files if "file" in way.operation else ["weights.pkl"])
        ]
        return any(answer.is_success for answer in answers)

    def send(self, name: str, **members: bytes) -> str:
        """Send files to be made a dataset; what was said of it."""
        world, whole = self._world, io.BytesIO()
        with tarfile.open(fileobj=whole, mode="w") as archive:
            for member, data in members.items():
                info = tarfile.TarInfo(member)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        headers = {"Authorization": f"Bearer {world.people.tokens['owner']}", "Content-Type": OCTETS}
        path = f"/api/v1/projects/{world.project}/datasets/sent/uploads"
        return world.client.post(path, content=packed(name, whole.getvalue()), headers=headers).text


@pytest.mark.parametrize("name", hostile.files(Path()))
def test_whoever_believes_such_a_file_leaves_a_mark(name: str, tmp_path: Path) -> None:
    hostile.believe(name, hostile.files(tmp_path)[name])
    assert [each.name for each in tmp_path.iterdir()] == [name]


def _digest(token: str) -> str:
    from starwhale.accounts.secrets import digest_of

    return digest_of(token)
