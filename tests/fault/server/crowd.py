"""A project in which there is some of everything, and of some things ten thousand; rows of it are spoiled."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from starwhale.catalog.tables.artifacts import ArtifactRow, VersionRow
from starwhale.catalog.tables.jobs import JobEventRow, JobMarkRow, JobRow, StepRow, TaskRow
from starwhale.core.actor import Actor
from starwhale.core.handlers import HandlerSpec
from starwhale.core.kinds import Kind
from starwhale.core.permissions import Role
from starwhale.core.uri import ArtifactUri
from starwhale.core.version import random_version
from starwhale.evaluations.document_schemas import DocumentKind
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.plan import JobPlan, StepPlan
from starwhale.jobs.pools import PoolWish
from starwhale.jobs.repository import JobRepository
from starwhale.kit.times import utc_now
from starwhale.server.services import Services

MANY = 10_000
#: Of what a project has few of, and of jobs that wait in the queue beside the first.
FEW = 3
WAITING = 8
PROJECT = "vision"
ROOT = Actor(name="root", admin=True)


def fill(house: Services) -> str:
    """Fill the store of a server, see the module; the token of its administrator."""
    ada = house.users.add(ROOT, "ada", password=None, admin=True)
    house.users.add(ROOT, "bob", password=None, admin=False)
    me = Actor(name="ada", admin=True, user=ada.id)
    for project in (PROJECT, "other"):
        house.projects.create(me, project)
        house.members.put(me, project, "bob", Role.GUEST)
    for number in range(FEW):
        _some_of_each(house, me, number)
    _many_versions(house, me)
    _many_jobs(house)
    return house.tokens.create(me, "whole")[1]


def _some_of_each(house: Services, me: Actor, number: int) -> None:
    house.pools.create(me, f"pool-{number}", PoolWish(bounds={"cpu": {"most": 2}}))
    house.tokens.create(me, f"token-{number}", scopes=["dataset:read"])
    house.invitations.create(me, project=PROJECT, role=Role.GUEST)
    house.webhooks(private=True).create(me, PROJECT, f"http://hook-{number}.test/")
    house.documents.create(me, PROJECT, DocumentKind.VIEW, f"view-{number}", {"columns": []})
    house.job_templates.save(me, PROJECT, f"template-{number}", Blueprint(handler="m:f", model="m"))
    house.job_schedules.add(me, PROJECT, f"schedule-{number}", f"template-{number}", "0 3 * * *")
    writer = house.datasets.writer(me, PROJECT, f"d{number}", None)
    writer.put(0, {"n": number})
    version = writer.commit().version
    writer.close()
    gone = house.datasets.writer(me, PROJECT, f"gone{number}", None)
    gone.put(0, {"n": version})
    kept = gone.commit().version
    gone.close()
    uri = ArtifactUri(
        instance="local", project=PROJECT, kind=Kind.DATASET, name=f"gone{number}", version=kept
    )
    house.artifacts.remove(me, uri)


def _many_versions(house: Services, me: Actor) -> None:
    """Versions of `d0`, all with the same rows."""
    with house.catalog.begin() as session:
        artifact = session.scalars(select(ArtifactRow).where(ArtifactRow.name == "d0")).one()
        first = session.scalars(select(VersionRow).where(VersionRow.artifact_id == artifact.id)).one()
        common = {"artifact_id": artifact.id, "manifest": first.manifest, "message": "", "size": first.size}
        common |= {"meta": first.meta, "created_at": utc_now(), "created_by": me.name}
        rows = [{**common, "version": random_version(), "seq": seq} for seq in range(1, MANY)]
        session.execute(insert(VersionRow), rows)
        artifact.head_seq, artifact.next_seq = MANY - 1, MANY


def _many_jobs(house: Services) -> None:
    """Jobs that have ended, and three at the head of the queue."""
    spec = HandlerSpec(id="m:f", module="m", qualname="f")
    plan = JobPlan(project=PROJECT, handler="m:f", steps=(StepPlan(spec=spec),))
    now = utc_now()
    with house.catalog.begin() as session:
        number = session.scalars(select(ArtifactRow.project_id).where(ArtifactRow.name == "d0")).one()
        made = JobRepository(session).add(number, plan, (), "ada", now)
        first = session.get_one(JobRow, made)
        common = {each.name: getattr(first, each.name) for each in JobRow.__table__.columns}
        # In an order that is not that of the table, as ids are.
        ids = [random_version() for _ in range(MANY - 1)]
        ended = {**common, "state": "SUCCESS", "finished_at": now}
        session.execute(insert(JobRow), [{**ended, "id": each} for each in ids])
        waiting = [made, *ids[:WAITING]]
        session.execute(
            insert(JobMarkRow),
            [
                {"job_id": each, "comment": "", "pinned": True, "priority": 0, "queued_at": now}
                for each in waiting
            ],
        )
        for each in ids[:WAITING]:
            session.get_one(JobRow, each).state = "CREATED"
            step = {"job_id": each, "position": 0, "handler": "m:f", "state": "CREATED", "cause": ""}
            session.execute(insert(StepRow).values(step))
            task = {"job_id": each, "id": "0.0", "step": 0, "index": 0, "state": "CREATED", "attempt": 0}
            session.execute(insert(TaskRow).values(**task, deaths=0, worker="", cause=""))
        event = {"at": now, "subject": "job", "name": "", "old": "CREATED", "new": "READY", "cause": ""}
        session.execute(insert(JobEventRow), [{"job_id": made, **event}] * FEW)


@dataclass(frozen=True)
class Poison:
    """Something in one row that this release does not know, as a later one or a bad disk writes it.

    Attributes:
        table: Where the row is.
        values: What is written into it.
        where: Which rows are meant; of these one that nothing else spoils.
    """

    table: str
    values: dict[str, Any]
    where: str = "1"


def spoil(root: Path, poisons: Sequence[Poison]) -> dict[int, int]:
    """Spoil as many rows of a catalog; the number of the row of each."""
    chosen: dict[int, int] = {}
    taken: set[tuple[str, int]] = set()
    with closing(sqlite3.connect(root / "catalog.sqlite")) as catalog, catalog:
        for at, each in enumerate(poisons):
            rows = catalog.execute(f"SELECT rowid FROM {each.table} WHERE {each.where} ORDER BY rowid DESC")
            row = next(row for (row,) in rows if (each.table, row) not in taken)
            taken.add((each.table, row))
            chosen[at] = row
        for at, each in enumerate(poisons):
            given = ", ".join(f"{name} = :{name}" for name in each.values)
            told = {**each.values, "number": chosen[at]}
            catalog.execute(f"UPDATE {each.table} SET {given} WHERE rowid = :number", told)
    return chosen
