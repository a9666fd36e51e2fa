"""No name, path or address that is sent leads out of the store (FAULTS 27)."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import cycle, product
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.slice.server.accounts.schemas import Schemas
from tests.slice.server.accounts.ways import ENDLESS, Way, ways
from tests.slice.server.accounts.world import Maker, account, unknown

from starwhale.core.settings import Settings
from starwhale.server.app import create_app
from starwhale.server.settings import ServerSettings

pytestmark = pytest.mark.fault
CANARY = "nobody-may-read-this"
_UP = (
    "../",
    "..\\",
    "%2e%2e/",
    "%2e%2e%2f",
    "..%2f",
    "%252e%252e%252f",
    "..%5c",
    "..;/",
    "..%00/",
    "%c0%ae%c0%ae/",
)
_MORE = ("....//", "\u2025/", "\uff0e\uff0e/", "..%ef%bc%8f", "/../", "./../", "%25252e%25252e%25252f")
_ENDS = ("canary", "outside/canary", "etc/passwd", "catalog.sqlite", "config.yaml%00.png", ".")


def corpus() -> list[str]:
    """More than 500 texts that have led out of something somewhere."""
    climbing = [up * depth + end for up, depth, end in product(_UP + _MORE, (1, 2, 3, 5, 8), _ENDS)]
    bare = [
        "..",
        ".",
        "~",
        "~root",
        "C:\\canary",
        "\\\\host\\share",
        "file:///etc/passwd",
        "/dev/stdin",
        "a/" * 500,
    ]
    return [
        *climbing,
        *bare,
        "x" * 5000,
        "con",
        "aux.txt",
        "a\0b",
        "-rf",
        "*",
        "|id",
        "$(id)",
        "`id`",
        "%",
        "%zz",
    ]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    root = tmp_path / "a" / "b" / "store"
    for place in (tmp_path, tmp_path / "a", tmp_path / "a" / "b"):
        place.mkdir(exist_ok=True)
        (place / "canary").write_text(CANARY)
    made = create_app(
        ServerSettings(store=Settings.at(root), anonymous_rate=0, user_rate=0), background=False
    )
    yield made
    made.state.services.close()


_opened: list[str] | None = None


def _watch(event: str, args: tuple[object, ...]) -> None:
    if _opened is not None and event in {
        "open",
        "os.remove",
        "os.rename",
        "os.mkdir",
        "os.listdir",
        "os.scandir",
    }:
        _opened.extend(str(each) for each in args[:2] if isinstance(each, (str, bytes, Path)))


sys.addaudithook(_watch)


@contextmanager
def watching() -> Generator[list[str]]:
    """Every path that this process touches meanwhile."""
    global _opened  # noqa: PLW0603  (an audit hook cannot be taken away again)
    _opened = found = list[str]()
    try:
        yield found
    finally:
        _opened = None


def attack(app: FastAPI, texts: list[str], chosen: list[Way]) -> int:
    services, schemas, count = app.state.services, Schemas(app), 0
    boss = account(services, "boss", admin=True)
    token = services.tokens.create(boss, "fresh")[1]
    with (
        TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client,
        watching() as touched,
    ):
        client.headers["Authorization"] = f"Bearer {token}"
        for way in chosen:
            fields = [*way.parameters, *schemas.query(way), *_texts(way)]
            for field, text in product(dict.fromkeys(fields), texts):
                path = way.path
                for name in way.parameters:
                    value = quote(text, safe="%/\\;:.") if name == field else "self"
                    path = path.replace(f"{{{name}}}", value).replace(f"{{{name}:path}}", value)
                query = {**schemas.query(way), **({} if field in way.parameters else {field: text})}
                answer = client.request(way.method, path, params=query)
                count += 1
                assert answer.status_code < 500 or answer.status_code == 501, (way, field, text, answer.text)
                assert CANARY not in answer.text, (way, field, text)
                assert "root:" not in answer.text, (way, field, text)
    escaped = [path for path in touched if path.endswith(("canary", "passwd")) or "/dev/std" in path]
    assert not escaped, escaped
    return count


def _texts(way: Way) -> list[str]:
    wanted = [each for each in way.described.get("parameters", ()) if each["in"] == "query"]
    return [each["name"] for each in wanted if "string" in str(each["schema"])]


def readers(app: FastAPI) -> list[Way]:
    return [
        way
        for way in ways(app)
        if way.is_safe and way.operation not in ENDLESS and not way.path.endswith("/stream")
    ]


def test_no_text_leads_out_of_the_store(app: FastAPI) -> None:
    texts = corpus()
    assert len(set(texts)) > 500
    every = readers(app)
    wanted = {"get_dataset", "get_project"} | {way.operation for way in every if "file" in way.operation}
    few = [way for way in every if way.operation in wanted][:3]
    assert attack(app, texts, few) > 1000
    attack(app, texts[::60], every)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_none_of_them_does_on_any_route(app: FastAPI) -> None:
    attack(app, corpus(), readers(app))


def text_fields(schemas: Schemas, way: Way) -> list[str]:
    """Fields of a body that are texts, or lists of them."""
    schema = schemas.schema_of_body(way)
    known = {} if schema is None else schemas.resolved(schema).get("properties", {})
    return [name for name, described in known.items() if "string" in str(schemas.resolved(described))]


def attack_bodies(app: FastAPI, place: Path, texts: list[str], each: int) -> tuple[int, int]:
    """Send texts in every text field of every body; how many fields there are, and how often one was sent.

    Args:
        app: The server.
        place: Where things of its world are made.
        texts: What is sent.
        each: How many of them each field is sent; they go round.
    """
    schemas, fields, count = Schemas(app), 0, 0
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        maker = Maker.of(app, client, place)
        world, turn = maker.make(1), cycle(texts)
        with watching() as touched:
            for way in ways(app):
                if unknown(way) or "/users" in way.path or "/me/" in way.path or "/work/" in way.path:
                    continue
                for field in text_fields(schemas, way):
                    fields += 1
                    for text, kind in product([next(turn) for _ in range(each)], (str, list)):
                        value = text if kind is str else [text]
                        answer = world.send(way, "owner", schemas, {field: value})
                        count += 1
                        assert answer.status_code < 500 or answer.status_code == 501, (way, field, text)
                        assert CANARY not in answer.text, (way, field, text)
        ours = tuple(map(str, (app.state.settings.store.root, place)))
        near = [path for path in touched if path.startswith(str(place.parent)) and not path.startswith(ours)]
        far = [path for path in touched if path.endswith(("canary", "passwd")) or "/dev/std" in path]
        assert not near + far, near + far
    return fields, count


def test_no_text_in_a_body_leads_out_of_the_store(app: FastAPI, tmp_path: Path) -> None:
    place = tmp_path / "things"
    place.mkdir()
    fields, count = attack_bodies(app, place, corpus()[::2] + corpus()[1::2], 5)
    assert fields > 50
    assert count > 500


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_none_does_in_any_field(app: FastAPI, tmp_path: Path) -> None:
    place = tmp_path / "things"
    place.mkdir()
    texts = corpus()
    fields, count = attack_bodies(app, place, texts, len(texts))
    assert count >= fields * 500
