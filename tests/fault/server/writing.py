"""Writes of every kind, and a journal of what was acknowledged."""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from tests.fault.server.server_process import ServerProcess

from starwhale.catalog.engine import Catalog
from starwhale.catalog.tables.events import EventRow
from starwhale.client.batches import Batches
from starwhale.client.http import Http
from starwhale.client.table_rows import TableRows
from starwhale.core.errors import Conflict, StarwhaleError, Unavailable
from starwhale.core.settings import Settings
from starwhale.core.version import version_of
from starwhale.instance.remote import RemoteInstance
from starwhale.models.builder import BuildRequest
from starwhale.models.discovery import discover
from starwhale.models.package import manifest_bytes
from starwhale.storage.trees import TreeEntry

WRITERS = 16
#: Rows of a batch.
BATCH = 10
MODEL = "/projects/self/models/net"
#: Orders of jobs are kept, and nobody runs them: what they would do is not asked for here.
NOBODY_RUNS = {"SW_SERVER_EXECUTOR": "none"}
#: Of writes.
KINDS = ("project", "version", "row", "tag", "point", "job")
#: What is told of a write of each kind, and of no other.
TOLD = {"project": "project.created", "version": "model.published", "job": "job.created"}
_OCTETS = {"Content-Type": "application/octet-stream"}
_CODE = "from starwhale import handler\n\n\n@handler\ndef say():\n    print('said')\n"


@dataclass(slots=True)
class Journal:
    """What was acknowledged, by its kind; each with what must be found of it."""

    kept: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    refused: list[str] = field(default_factory=list[str])
    writes: list[str] = field(default_factory=list[str])

    def note(self, kind: str, found: Mapping[str, Any]) -> None:
        """One write, and what it wrote."""
        self.kept.setdefault(kind, {}).update(found)
        self.writes.append(kind)

    def __str__(self) -> str:
        told = ", ".join(f"{kind} {len(found)}" for kind, found in sorted(self.kept.items()))
        return f"{len(self.writes)} acknowledged writes ({told})"


class Writer:
    """Somebody who writes, one thing after the other; each again and again until somebody says it is done."""

    def __init__(self, http: Http, journal: Journal, number: int) -> None:
        self._http, self._journal, self._number = http, journal, number
        self._rows = Batches(http, "/projects/self/tables/writers", self._open_evaluation)
        self._points = Batches(http, "/projects/self/runs/writers", self._open_run)
        self._run = ""
        self._version = ""

    @property
    def acts(self) -> tuple[Callable[[], None], ...]:
        return (self.project, self.version, self.rows, self.tag, self.points, self.job)

    def project(self) -> None:
        name = f"p{uuid.uuid4().hex}"
        self._post("/projects", {"name": name}, name)
        self._journal.note("project", {name: None})

    def version(self) -> None:
        """A model of one file: its bytes are sent, then it is published."""
        data = f"weights {uuid.uuid4().hex}".encode() * 100
        digest = hashlib.sha256(data).hexdigest()
        manifest = manifest_bytes([TreeEntry(path="weights.bin", mode=0o644, size=len(data), digest=digest)])
        build = self._opened(f"{MODEL}/builds", {})["id"]
        for blob in (data, manifest):
            path = f"/builds/{build}/blobs/{hashlib.sha256(blob).hexdigest()}"
            _insist(
                lambda path=path, blob=blob: self._http.send(
                    "PUT", path, content=lambda: iter([blob]), headers=_OCTETS
                )
            )
        told = hashlib.sha256(manifest)
        version = version_of(told.digest())
        body = {"build": build, "version": version, "manifest": told.hexdigest()}
        self._post(f"{MODEL}/versions", body, version)
        self._journal.note("version", {version: (digest, data)})
        self._version = version

    def tag(self) -> None:
        """One for what was published last."""
        tag = f"t-{uuid.uuid4().hex}"
        path, body = f"{MODEL}/versions/{self._version}/tags", {"tags": [tag]}
        if not self._version:
            return
        _insist(lambda: self._http.send("POST", path, json=body, again=True))
        self._journal.note("tag", {tag: self._version})

    def rows(self) -> None:
        """A batch of an evaluation."""
        found = {uuid.uuid4().hex: {"n": number} for number in range(BATCH)}
        _deliver(self._rows, "results", found)
        table = f"evaluation/e{self._number}/results"
        self._journal.note("row", {key: (table, values) for key, values in found.items()})

    def points(self) -> None:
        """A batch of a run."""
        found = {uuid.uuid4().hex: {"facts": {"n": number}} for number in range(BATCH)}
        _deliver(self._points, "facts", found)
        table = f"experiment/{self._run}/facts"
        self._journal.note("point", {key: (table, values) for key, values in found.items()})

    def job(self) -> None:
        key = uuid.uuid4().hex
        self._post("/projects/self/jobs", {"model": "m", "handler": "code_of_user:say", "comment": key}, key)
        self._journal.note("job", {key: None})

    def _open_evaluation(self) -> int:
        path, body = "/projects/self/tables/writers", {"job": f"e{self._number}"}
        return int(_insist(lambda: self._http.post(path, body))["id"])

    def _open_run(self) -> int:
        if not self._run:
            self._run = self._opened("/projects/self/runs", {"name": f"r{self._number}"})["run"]
        path = f"/projects/self/runs/{self._run}/writers"
        return int(self._opened(path, {"process": "first"})["id"])

    def _opened(self, path: str, body: Mapping[str, Any]) -> Any:
        """One of these whose number was told; there may be others that nobody knows of."""
        while (answer := self._post(path, body, uuid.uuid4().hex)) is None:
            pass
        return answer

    def _post(self, path: str, body: Mapping[str, Any], once: str) -> Any:
        """Ask for it with one and the same key until it is done."""
        try:
            return _insist(lambda: self._http.post(path, body, once=once))
        except Conflict as error:
            # It was done, and what was answered then is not known: that counts as acknowledged.
            if "was carried out" not in error.message:
                raise
            return None


def _insist(what: Callable[[], Any]) -> Any:
    while True:
        try:
            return what()
        except Unavailable:
            time.sleep(0.1)


def _deliver(batches: Batches, table: str, rows: Mapping[str, Any]) -> None:
    """Send a batch; what got stuck goes with the number that it had."""
    try:
        batches.send([[table, list(map(list, rows.items()))]])
    except Unavailable:
        _insist(lambda: batches.send([]))


class Writers:
    """Sixteen who write until they are told to stop."""

    def __init__(self, server: ServerProcess) -> None:
        self.url, self.token = server.url, server.login()
        self.journal = Journal()
        _stock(server, self.token)
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(n,), daemon=True) for n in range(WRITERS)]
        for each in self._threads:
            each.start()

    def _write(self, number: int) -> None:
        with Http(self.url, self.token) as http:
            writer, turn = Writer(http, self.journal, number), number
            while not self._over.is_set():
                act = writer.acts[turn % len(writer.acts)]
                try:
                    act()
                except StarwhaleError as error:
                    self.journal.refused.append(f"{act.__name__}: {error}")
                turn += 1

    def wait_for(self, more: int, seconds: float = 120) -> None:
        """Until so many more writes are acknowledged."""
        writes, deadline = self.journal.writes, time.monotonic() + seconds
        wanted = len(writes) + more
        while len(writes) < wanted:
            assert time.monotonic() < deadline, f"{wanted - len(writes)} are missing"
            time.sleep(0.01)

    def stop(self) -> None:
        """Until all have finished what they were at."""
        self._over.set()
        for each in self._threads:
            each.join(120)
            assert not each.is_alive()


def _stock(server: ServerProcess, token: str) -> None:
    """Put the model that jobs are ordered of into the default project."""
    place = server.data.with_name(f"{server.data.name}-code")
    place.mkdir()
    (place / "code_of_user.py").write_text(_CODE)
    settings = Settings.at(place.with_name(f"{place.name}-client"))
    with RemoteInstance("team", server.url, token=token, user="admin", settings=settings) as team:
        wanted = BuildRequest(workdir=place, name="m", modules=("code_of_user",))
        team.models.build(team.actor, "self", wanted, discover=discover)


def check(catalog_url: str, writers: Writers) -> None:
    """Hold the journal against what the server tells and what it has noted: nothing lost, nothing twice."""
    journal = writers.journal
    assert journal.refused == []
    assert journal.kept.keys() == set(KINDS)
    with Http(writers.url, writers.token) as http:
        found = {
            "project": Counter(each["name"] for each in _pages(http, "/projects") if each["name"] != "self"),
            "job": Counter(each["comment"] for each in _pages(http, "/projects/self/jobs")),
        }
        versions = list(_pages(http, f"{MODEL}/versions"))
        found["version"] = Counter(each["version"] for each in versions)
        found["tag"] = Counter(tag for each in versions for tag in each["tags"] if tag.startswith("t-"))
        found["row"], found["point"] = (
            _rows_of(http, journal.kept.get(kind, {})) for kind in ("row", "point")
        )
        for kind, there in found.items():
            lost = set(journal.kept.get(kind, {})) - set(there)
            assert not lost, f"{len(lost)} of {kind} are lost"
            twice = [name for name, count in there.items() if count != 1]
            assert not twice, f"{kind}: {twice[:3]}"
        wearing = {tag: each["version"] for each in versions for tag in each["tags"]}
        assert {tag: wearing[tag] for tag in journal.kept["tag"]} == journal.kept["tag"]
        for digest, data in journal.kept["version"].values():
            assert http.send("GET", f"/blobs/{digest}").content == data
    catalog = Catalog.open(catalog_url)
    with catalog.read() as session:
        told = {
            kind: session.scalar(select(func.count()).where(EventRow.name == name))
            for kind, name in TOLD.items()
        }
    catalog.close()
    # And the default project, and the model of the jobs.
    assert told == {
        "project": len(found["project"]) + 1,
        "version": len(found["version"]) + 1,
        "job": len(found["job"]),
    }


def _pages(http: Http, path: str) -> Iterable[dict[str, Any]]:
    cursor: str | None = ""
    while cursor is not None:
        page = http.get(path, {"size": 500, **({"cursor": cursor} if cursor else {})})
        yield from page["items"]
        cursor = page["next"]


def _rows_of(http: Http, kept: Mapping[str, Any]) -> Counter[str]:
    """Keys of the tables that were written to; the values of what was acknowledged are as they were sent."""
    there, tables = Counter[str](), TableRows(http, "self")
    for table in {table for table, _ in kept.values()}:
        for key, values in tables.scan(table):
            there[str(key)] += 1
            if key in kept:
                assert values == kept[str(key)][1], (table, key)
    return there


def catalog_of(data: Path) -> str:
    """The address of the catalog in a data directory."""
    return f"sqlite:///{data / 'catalog.sqlite'}"
