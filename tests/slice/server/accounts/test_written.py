"""Every route that changes something leaves an event of that very request, or stands here with the reason.

What is to be tried follows from the route table: whoever adds a route that changes something finds it here.
"""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import select
from tests.slice.server.accounts.furniture import NAME
from tests.slice.server.accounts.schemas import Schemas
from tests.slice.server.accounts.ways import AWAY, IDENTITIES, Way, expected, ways
from tests.slice.server.accounts.world import PASSWORD, Maker, World, unknown

from starwhale.accounts.pending import challenge_of
from starwhale.catalog.tables.events import EventRow
from starwhale.core.actor import Actor
from starwhale.kit.process import this_process
from starwhale.server.callers import COOKIE

_NUMBERS = itertools.count(5_000_000)
_READS = "it changes nothing"
_WORK = "a worker goes on with its job, whose order, states and end are events"
_BATCH = "a batch of a session of writing, whose beginning and end are events"
_BYTES = "bytes of a build; that it began, and what became of it, are events"
_ROWS = "rows of a session; that somebody joined it, and that all rows were read, are events"
_SERVED = "what a job serves is its own; that the job began, and who was given an address, are events"
_VERBS = ("head", "post", "put", "patch", "delete", "options")
#: Operations that leave no event, and why.
SILENT = {
    **{f"{verb}_tables": _READS for verb in ("query", "aggregate", "compare", "merge")},
    **dict.fromkeys(("count_rows", "scan_table", "query_dataset_rows", "count_dataset_rows"), _READS),
    **dict.fromkeys(("place_dataset_row", "get_dataset_rows", "measure_intervals", "renew_media"), _READS),
    **dict.fromkeys(("look_at_invitation", "missing"), _READS),
    **dict.fromkeys(("lease_work", "lease_units", "settle_work", "prolong_lease"), _WORK),
    **dict.fromkeys(("give_lease_back", "report_results"), _WORK),
    **dict.fromkeys(("append_batch", "append_run_batch"), _BATCH),
    **dict.fromkeys(("post_blobs", "put_blob", "renew"), _BYTES),
    **dict.fromkeys(("claim_rows", "prolong_rows", "advance_rows", "finish_rows"), _ROWS),
    **{f"use_{what}_{verb}": _SERVED for what in ("service", "address") for verb in _VERBS},
}
#: What must be sent besides, so that something changes.
ASKED: dict[str, dict[str, Any]] = {
    "login": {"name": "owner", "password": PASSWORD},
    "change_project": {"description": "of last spring"},
}
#: Events without a name: whoever asks to be let in has none.
NAMELESS = {"begin_login"}
HERE = "testclient"
#: Where the console says which nouns one can ask the audit for.
FILTER = Path(__file__).parents[4] / "web" / "src" / "admin" / "audit" / "filter.ts"


def test_every_change_leaves_an_event_with_who_and_from_where(app: FastAPI, maker: Maker) -> None:
    schemas, wrong, tried = Schemas(app), list[str](), 0
    for way in changing(app):
        if way.operation in {*SILENT, *AWAY}:
            continue
        if re.search("/(me|users|login|logout|logins|invitations)(/|$)", way.path):
            maker.people.renew()
        app.state.callers.forget()
        maker.client.cookies.clear()
        answer = sent(way, maker.make(next(_NUMBERS)), schemas)
        tried += 1
        found = events_of(app, answer)
        if answer.status_code >= 300:
            wrong.append(f"{way} {way.operation}: {answer.status_code} {answer.text[:200]}")
        elif not found:
            wrong.append(f"{way} {way.operation}: no event; emit one, or tell in SILENT why there is none")
        elif not all(each.address == HERE and (each.actor or way.operation in NAMELESS) for each in found):
            wrong.append(
                f"{way} {way.operation}: {[(each.name, each.actor, each.address) for each in found]}"
            )
    assert not wrong, "\n" + "\n".join(wrong)
    assert tried > 60
    offered = set(re.findall(r'^  "(\w+)",$', FILTER.read_text("utf-8"), re.MULTILINE))
    asked = select(EventRow.name).where(EventRow.request.is_not(None)).distinct()
    with app.state.services.catalog.read() as session:
        nouns = {each.partition(".")[0] for each in session.scalars(asked)}
    assert nouns <= offered, f"add {nouns - offered} to NOUNS in {FILTER}"


def test_the_list_of_those_that_leave_none_names_none_that_is_gone(app: FastAPI) -> None:
    assert set(SILENT) <= {way.operation for way in ways(app)}


def changing(app: FastAPI) -> Iterator[Way]:
    """Every route that may change something."""
    return (way for way in ways(app) if not way.is_safe and not unknown(way))


def sent(way: Way, world: World, schemas: Schemas) -> Any:
    """The answer to whoever may do it."""
    order = ("owner", "administrator", *IDENTITIES)
    who = next((each for each in order if expected(way, each) == "in"), "owner")
    if way.operation == "logout":
        world.client.cookies.set(COOKIE, world.services.doors.login("owner", PASSWORD, address="elsewhere"))
        return world.send(way, "anonymous", schemas)
    if way.operation == "redeem_login":
        return redeemed(way, world, schemas)
    if way.operation == "sign_up":
        secret = world.services.invitations.create(world.people.actors["administrator"])[1]
        asked = {"secret": secret, "name": f"new-{world.fresh()}", "password": PASSWORD, "email": ""}
        return world.send(way, "anonymous", schemas, asked)
    return world.send(way, who, schemas, ASKED.get(way.operation))


def redeemed(way: Way, world: World, schemas: Schemas) -> Any:
    """The answer to a program that somebody has let in."""
    verifier, pending = secrets.token_urlsafe(32), world.services.pending_logins
    waiting = pending.ask(Actor(name="", address="elsewhere"), challenge_of(verifier), "swcli")
    pending.decide(world.people.actors["owner"], waiting.code, let_in=True)
    return world.send(way, "anonymous", schemas, {"verifier": verifier}, login=waiting.number)


def events_of(app: FastAPI, answer: Any) -> list[EventRow]:
    """What the audit holds of a request."""
    mine = EventRow.request == answer.headers["x-request-id"]
    with app.state.services.catalog.read() as session:
        return list(session.scalars(select(EventRow).where(mine).order_by(EventRow.id)))


def test_a_session_of_readers_is_in_the_audit_from_its_beginning_to_its_end(
    app: FastAPI, maker: Maker
) -> None:
    maker.people.renew()
    app.state.callers.forget()
    world = maker.make(next(_NUMBERS))
    headers = {"Authorization": f"Bearer {world.people.tokens['owner']}"}

    def post(path: str, **body: Any) -> Any:
        answer = world.client.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    join = {"session": "weekly", "dataset": NAME, "version": "latest"}
    first = post(f"/projects/{world.project}/consumptions", **join)
    second = post(f"/projects/{world.project}/consumptions", **join)
    number, me = first.json()["id"], this_process()
    lease = post(f"/consumptions/{number}/claim", batch=1000, host=me.host, pid=me.pid, started=me.started)
    last = post(f"/consumptions/{number}/finish", token=lease.json()["lease"]["token"])
    told = [(each.name, each.actor) for answer in (first, second, last) for each in events_of(app, answer)]
    assert told == [(f"consumption.{verb}", "owner") for verb in ("begun", "joined", "finished")]
