"""What lies on a server before a load begins, and its memory filled with what it remembers on purpose."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path
from textwrap import dedent

from tests.fault.server.acts import Person
from tests.fault.server.server_process import ServerProcess

from starwhale import Image
from starwhale.catalog.outbox import emit
from starwhale.core.actor import Actor
from starwhale.core.settings import Settings
from starwhale.instance.local import LocalInstance
from starwhale.models.builder import BuildRequest
from starwhale.models.discovery import discover
from starwhale.storage.tables.store import FOLD_ROWS

OWNER = Actor(name="admin", admin=True)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
#: Versions with a layer of their own: more than are kept open.
VERSIONS = 300
#: Events: more than one connection to the catalog keeps pages of; and those told to listeners at a time.
EVENTS, AT_A_TIME = 20_000, 1500
READERS = 8
#: How often each table is folded, and rows that are written to it at once.
FOLDS, AT_ONCE = 2, 200
CODE = """
    from starwhale import evaluation, handler

    @evaluation.predict
    def predict(data, external):
        return data["x"] * 2

    @evaluation.evaluate(needs=[predict])
    def total(results):
        evaluation.log_summary({"total": sum(row["output"] for row in results)})

    @handler
    def say():
        for number in range(500):
            print("line", number)
"""


def stock(server: ServerProcess, place: Path) -> None:
    """Put datasets, one of them with media, and a model whose handlers run into the default project."""
    place.mkdir()
    (place / "code_of_user.py").write_text(dedent(CODE))
    with closing(LocalInstance(Settings.at(server.data))) as house:
        wanted = BuildRequest(workdir=place, name="m", modules=("code_of_user",))
        house.models.build(OWNER, "self", wanted, discover=discover)
        _put(house, "d", 200)
        for number in range(VERSIONS):
            _put(house, f"v{number}", 1 + number % 5)
        _happen(house, EVENTS)


def _put(house: LocalInstance, name: str, rows: int) -> None:
    writer = house.datasets.writer(OWNER, "self", name, None)
    for number in range(rows):
        image = Image(PNG + name.encode() + bytes([number]), mime_type="image/png")
        writer.put(number, {"x": number, "text": "word " * 20, "image": image})
    writer.commit()
    writer.close()


def _happen(house: LocalInstance, count: int) -> None:
    with house.catalog.begin() as session:
        for number in range(count):
            emit(session, OWNER, "project.changed", {"name": f"project-{number}", "description": "x" * 60})


def warm(me: Person) -> None:
    """Have the server remember as much as it ever does: open layers, events, pages of its catalog.

    It folds tables as well: whoever does that for the first time loads what writes layers.
    """
    for table in ("night", "e0", "e1", "e2", "e3"):
        for _ in range(FOLDS * FOLD_ROWS // AT_ONCE + 1):
            rows = [{"id": key, "values": {"x": me.dice.random()}} for key in range(AT_ONCE)]
            me.http.post("/projects/self/tables/rows", {"table": f"evaluation/{table}/results", "rows": rows})
    for number in range(VERSIONS):
        me.http.get(f"/projects/self/datasets/v{number}/versions/latest/rows")
    with (
        closing(LocalInstance(Settings.at(me.server.data))) as house,
        me.client() as client,
        client.stream("GET", "/api/v1/events/stream") as answer,
    ):
        lines = answer.iter_lines()
        next(lines)
        for _ in range(2):
            _happen(house, AT_A_TIME)
            for _, line in zip(range(4 * AT_A_TIME), lines, strict=False):
                assert "stream.ended" not in line
    readers = [threading.Thread(target=_read_events, args=(me,)) for _ in range(READERS)]
    for each in readers:
        each.start()
    for each in readers:
        each.join()


def _read_events(me: Person) -> None:
    with me.client() as client:
        client.get("/api/v1/events/export")
