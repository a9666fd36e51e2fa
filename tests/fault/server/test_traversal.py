"""No name, path or address that is sent leads out of the store (FAULTS 27)."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.fault.server.corpus import corpus
from tests.slice.server.accounts.fields import Field, Fields
from tests.slice.server.accounts.schemas import Schemas
from tests.slice.server.accounts.ways import ENDLESS, Way, expected, ways
from tests.slice.server.accounts.world import Maker

from starwhale.core.errors import InvalidName
from starwhale.core.settings import Settings
from starwhale.server.app import create_app
from starwhale.server.settings import ServerSettings
from starwhale.storage.trees import check_path

pytestmark = pytest.mark.fault
LIKELIER = 15
CANARY = "nobody-may-read-this"


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


_opened: set[str] | None = None
_WATCHED = {"open", "os.remove", "os.rename", "os.mkdir", "os.listdir", "os.scandir"}


def _watch(event: str, args: tuple[object, ...]) -> None:
    if _opened is not None and event in _WATCHED:
        _opened.update(str(each) for each in args[:2] if isinstance(each, (str, bytes, Path)))


sys.addaudithook(_watch)


@contextmanager
def watching() -> Generator[set[str]]:
    """Every path that this process touches meanwhile."""
    global _opened  # noqa: PLW0603  (an audit hook cannot be taken away again)
    _opened = found = set[str]()
    try:
        yield found
    finally:
        _opened = None


class Attack:
    """Puts texts where names, paths and addresses are expected, in a world with one of everything.

    All other fields of a request name what is there, so that what is sent is looked at.
    """

    def __init__(self, app: FastAPI, client: TestClient, place: Path) -> None:
        self._app, self._place = app, place
        self._schemas, self._fields = Schemas(app), Fields(app)
        self._maker = Maker.of(app, client, place)
        self._numbers = itertools.count(1)
        self.count, self.unheard = 0, set[str]()
        self._renew()

    def _renew(self) -> None:
        self._is_changed = False
        self._maker.people.renew()
        self._world = self._maker.make(next(self._numbers))

    def fields(self) -> dict[tuple[str, str, str], tuple[Way, Field]]:
        """Every field that takes a text, of all that is described and of what workers ask."""
        return {
            (way.operation, field.place, field.name): (way, field)
            for way in ways(self._app)
            if way.operation not in ENDLESS and not way.path.endswith("/stream")
            for field in self._fields.of(way)
            if field.is_text
        }

    def begin(self, way: Way) -> None:
        """See that a route that changes nothing answers; else nothing would be learned by asking it."""
        if self._is_changed:
            self._renew()
        if way.is_safe and way.described and not self._send(way, {}, {}).is_success:
            self._renew()
            if not self._send(way, {}, {}).is_success:
                self.unheard.add(way.operation)

    def send(self, way: Way, field: Field, text: str) -> None:
        """Send one text in one field."""
        if field.place == "path":
            # What changes something must not reach the address that a client makes of what is above.
            answer = self._send(way, {}, {field.name: quote(text, safe="%/\\;:." if way.is_safe else "")})
        else:
            answer = self._send(way, self._fields.filled(way, field, text), {})
        self.count += 1
        assert answer.status_code < 500 or answer.status_code == 501, (str(way), field, text, answer.text)
        assert CANARY not in answer.text, (str(way), field, text)
        assert "root:" not in answer.text, (str(way), field, text)
        self._is_changed |= answer.is_success and not way.is_safe

    def _send(self, way: Way, asked: dict[str, Any], changed: dict[str, str]) -> Any:
        self._app.state.callers.forget()
        whoever = ("owner", "administrator", "job token")
        who = next((each for each in whoever if expected(way, each) in {"in", "any"}), "owner")
        answer = self._world.send(way, who, self._schemas, asked, None, None, **changed)
        self._world.client.cookies.clear()
        return answer


def attack(app: FastAPI, place: Path, texts: list[str], each: int | None) -> Attack:
    """Send texts in every field.

    Args:
        app: The server.
        place: Where things of its world are made.
        texts: What is sent.
        each: How many of them each field is sent, and many more where files are named; they go round.
            None for all, in each.
    """
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        made, turn, last = Attack(app, client, place), cycle(texts), ""
        with watching() as touched:
            for way, field in made.fields().values():
                if way.operation != last:
                    made.begin(way)
                last = way.operation
                share = None if each is None else each * (LIKELIER if is_path(field) else 1)
                for text in texts if share is None else islice(turn, share):
                    made.send(way, field, text)
    ours = tuple(map(str, (app.state.settings.store.root, place)))
    near = [path for path in touched if path.startswith(str(place.parent)) and not path.startswith(ours)]
    far = [path for path in touched if path.endswith(("canary", "passwd")) or "/dev/std" in path]
    assert not near + far, near + far
    return made


def is_path(field: Field) -> bool:
    """Whether it is where a file of a package or a table is named, the likeliest way out."""
    return field.name in {"path", "path[]"} and field.place == "query"


def test_a_path_that_is_allowed_leads_inside_whatever_it_is_joined_to(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    allowed = 0
    for text in corpus():
        try:
            check_path(text)
        except InvalidName:
            continue
        allowed += 1
        assert (root / text).resolve().is_relative_to(root)
    assert allowed > 50


def test_every_field_of_every_route_is_attacked(app: FastAPI, tmp_path: Path) -> None:
    place = tmp_path / "things"
    place.mkdir()
    texts = corpus()
    assert len(set(texts)) > 500
    made = attack(app, place, texts[::7] + texts[3::7], 2)
    known = {(operation, name) for operation, _, name in made.fields()}
    assert known >= WANTED
    assert made.unheard <= UNHEARD
    assert made.count > 2 * len(known)


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_all_of_them_in_every_field(app: FastAPI, tmp_path: Path) -> None:
    place = tmp_path / "things"
    place.mkdir()
    texts = corpus()
    made = attack(app, place, texts, None)
    print(f"{made.count} requests over {len(made.fields())} fields")
    assert made.unheard <= UNHEARD
    assert made.count >= 500 * len(made.fields())


#: Where a path is looked for in what lies in the store, which no description may lose.
WANTED = {
    *(
        (f"{act}_{kind}_file", "path")
        for act in ("show", "download", "diff")
        for kind in ("model", "runtime")
    ),
    *((f"list_{kind}_files", "path") for kind in ("model", "runtime")),
    *((operation, "path") for operation in ("get_table", "get_row", "export_table")),
    *(
        ("get_media", "path[]"),
        ("scan_table", "table"),
        ("change_rows", "table"),
        ("list_tables", "beginning"),
    ),
    *(("merge_tables", "tables[].table"), ("share_model", "name"), ("diff_dataset", "with_project")),
}
#: What does not answer here: it belongs to nobody yet, or something else would have to be there.
UNHEARD = {
    *("come_back", "log_in_elsewhere", "read_media", "read_shared_media"),
    *("use_service", "use_address"),
}
