"""The audit: who sees what, and that a change of it shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, insert, update
from starlette.testclient import TestClient

from starwhale.accounts.audit import AuditService, EventFilter
from starwhale.catalog.engine import Catalog
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.doorways import SealRow
from starwhale.catalog.tables.events import EventRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict
from starwhale.kit.times import utc_now

ClientOf = Callable[..., TestClient]
ROOT = Actor(name="root", admin=True)


def note(catalog: Catalog, count: int, **payload: object) -> None:
    for number in range(count):
        with catalog.begin() as session:
            emit(session, ROOT, "table.made", {"number": number, "share": 0.1, "name": "ä\u2028", **payload})


@pytest.fixture
def audit(catalog: Catalog) -> AuditService:
    return AuditService(catalog)


def test_an_owner_sees_who_did_what_when_from_where(client_of: ClientOf) -> None:
    ada, bob = client_of("ada"), client_of("bob")
    assert ada.post("/api/v1/projects", json={"name": "vision"}).status_code == 201
    assert bob.post("/api/v1/projects", json={"name": "other"}).status_code == 201
    put = ada.put("/api/v1/projects/vision/members/bob", json={"role": "MAINTAINER"})
    told = ada.get("/api/v1/projects/vision/events").json()
    assert [each["name"] for each in told["items"]] == ["member.changed", "project.created"]
    first = told["items"][0]
    assert (first["actor"], first["address"], first["project"]) == ("ada", "testclient", "vision")
    assert first["request"] == put.headers["x-request-id"]
    assert first["payload"]["user"] == "bob"
    assert told["next"] is None
    assert bob.get("/api/v1/projects/vision/events").status_code == 403
    assert ada.get("/api/v1/events").status_code == 403


def test_the_audit_is_read_page_by_page_and_exported_whole(admin: TestClient, client_of: ClientOf) -> None:
    for number in range(7):
        client_of("ada").post("/api/v1/projects", json={"name": f"p{number}"})
    found: list[int] = []
    further: dict[str, str] = {}
    while True:
        page = admin.get(
            "/api/v1/events", params={"name": "project.", "actor": "ada", "size": 3, **further}
        ).json()
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        further = {"cursor": page["next"]}
    assert len(found) == 7
    assert found == sorted(found, reverse=True)
    lines = admin.get("/api/v1/events/export", params={"name": "project.", "actor": "ada"})
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line)["id"] for line in lines.text.splitlines()] == found
    later = {"since": "2200-01-01T00:00:00Z"}
    assert admin.get("/api/v1/events", params=later).json()["items"] == []


def test_a_chain_that_nobody_touched_is_whole(audit: AuditService, catalog: Catalog) -> None:
    assert audit.seal() == 0
    note(catalog, 5)
    assert audit.seal() == 5
    note(catalog, 3)
    chain = audit.verify(ROOT)
    assert (chain.whole, chain.sealed, chain.waiting) == (True, 5, 3)
    assert audit.seal() == 3
    assert audit.verify(ROOT, chain.digest).whole
    assert not audit.verify(ROOT, "f" * 64).whole


TAMPERINGS = {
    "changed": lambda: update(EventRow).where(EventRow.id == 7).values(actor="somebody else"),
    "another payload": lambda: update(EventRow).where(EventRow.id == 7).values(payload={"number": 1}),
    "removed": lambda: delete(EventRow).where(EventRow.id == 7),
    "the last removed": lambda: delete(EventRow).where(EventRow.id == 10),
    "a seal removed": lambda: delete(SealRow).where(SealRow.id == 1),
    "a seal changed": lambda: update(SealRow).where(SealRow.id == 2).values(count=4),
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_a_change_of_the_audit_shows_and_where(audit: AuditService, catalog: Catalog, how: str) -> None:
    for _ in range(2):
        note(catalog, 5)
        audit.seal()
    with catalog.begin() as session:
        session.execute(TAMPERINGS[how]())
    chain = audit.verify(ROOT)
    assert not chain.whole
    assert chain.broken_at == (6, 10)


def test_an_event_that_is_slipped_in_shows(audit: AuditService, catalog: Catalog) -> None:
    note(catalog, 5)
    with catalog.begin() as session:
        session.execute(delete(EventRow).where(EventRow.id == 3))
    assert audit.seal() == 4
    with catalog.begin() as session:
        values = {"id": 3, "at": utc_now(), "actor": "x", "name": "x", "payload": {}}
        session.execute(insert(EventRow).values(**values))
    assert not audit.verify(ROOT).whole


def test_events_that_are_written_while_others_seal_are_all_sealed_once(
    audit: AuditService, catalog: Catalog
) -> None:
    def write(_: int) -> None:
        note(catalog, 10)

    def seal(_: int) -> int:
        try:
            return audit.seal()
        except Conflict:
            return 0

    with ThreadPoolExecutor(6) as pool:
        writing = pool.map(write, range(4))
        sealing = pool.map(seal, range(10))
        list(writing)
        sealed = sum(sealing)
    sealed += audit.seal()
    chain = audit.verify(ROOT)
    assert (chain.whole, chain.sealed, chain.waiting, sealed) == (True, 40, 0, 40)


def test_the_filter_takes_no_signs_for_wildcards(audit: AuditService, catalog: Catalog) -> None:
    note(catalog, 1)
    assert audit.page(ROOT, chosen=EventFilter(name="table%"))[0] == []
    assert len(audit.page(ROOT, chosen=EventFilter(name="table."))[0]) == 1
