"""What stands in a world: one of everything that routes are about, made once and cloned row by row.

`furnish` makes a project with one of each; `clone` copies its rows into a new project, whatever tables there
are, by following foreign keys. A new table that hangs on projects is cloned by itself; one with texts that
must be unique needs a line in `FRESH_TEXTS`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from sqlalchemy import Connection, Table, insert, or_, select
from sqlalchemy.orm import Session
from tests.discovered import discover_once
from tests.slice.server.accounts import hostile

from starwhale import Image
from starwhale.accounts.secrets import digest_of
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables import complete_metadata
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.catalog.tables.webhooks import DeliveryRow
from starwhale.core.actor import Actor
from starwhale.core.kinds import Kind
from starwhale.core.permissions import Role
from starwhale.core.uri import ArtifactUri, JobUri
from starwhale.core.version import random_version, version_of
from starwhale.evaluations.document_schemas import DocumentKind
from starwhale.evaluations.results import ResultStore, evaluation_prefix, summary_path
from starwhale.experiments.paths import RunPlace
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.events import Change
from starwhale.jobs.states import StepState, Subject, TaskState
from starwhale.kit.process import this_process
from starwhale.kit.times import utc_now
from starwhale.models.builder import BuildRequest
from starwhale.runtimes.lock import Lock, Locked
from starwhale.runtimes.package import lock_path
from starwhale.runtimes.package import manifest_bytes as runtime_manifest
from starwhale.server.services import Services
from starwhale.storage.trees import Trees

NAME, OLD, GONE = "digits", "old", "gone"
SECRET = "s" * 43
MARKS = "marks"
PNG = b"\x89PNG\r\n\x1a\n"
CODE = """
    from starwhale import evaluation

    @evaluation.predict
    def look(data):
        return data["a"]
"""
#: Columns whose texts must differ from project to project.
FRESH_TEXTS: dict[str, Callable[[int, Any], Any]] = {
    "jobs.id": lambda _number, _old: random_version(),
    "documents.link": lambda number, old: old and digest_of(secret_of(number)),
    "invitations.digest": lambda number, _old: digest_of(secret_of(number)),
}
# Projects of others have other members, and tokens are made where they are needed.
_LEFT_OUT = {"members", "tokens"}


def secret_of(number: int) -> str:
    """What stands in the links of a project: to its report, and its invitation."""
    return f"{number:043d}"


@dataclass(frozen=True, slots=True)
class Furniture:
    """What stands in a project.

    Attributes:
        number: Of the project.
        things: Where to find each: the column that tells it, and its number or id there.
        packages: Version and manifest of each package; the same in all clones.
        marks: Where files of the packages leave marks, if somebody believes what they say.
    """

    number: int
    things: Mapping[str, tuple[str, Any]]
    packages: Mapping[Kind, tuple[str, str]]
    marks: Path

    def __getitem__(self, name: str) -> str:
        return str(self.things[name][1])


def furnish(services: Services, owner: Actor, project: str, place: Path) -> Furniture:
    """A project with one of everything."""
    services.projects.create(owner, project)
    with services.catalog.read() as session:
        number = session.execute(select(ProjectRow.id).where(ProjectRow.name == project)).scalar_one()
    me = Actor(name=owner.name, user=owner.user, roles={number: Role.OWNER})
    (place / MARKS).mkdir(parents=True)
    pickled = hostile.files(place / MARKS)["weights.pkl"]
    _packages(services, me, project, place)
    things = {**_jobs(services, me, project), **_documents(services, me, project, number)}
    job = things["job"][1]
    results = ResultStore(services.tables, project=project, job=job)
    results.log("results", "1", {"a": 1, "text": "looked", "image": Image(PNG), "pickled": pickled})
    results.log_summary({"a": 1})
    results.flush()
    results.close()
    things["writer"] = ("table_sessions.id", services.table_writing.open(me, project, job))
    things.update({name: ("runs", random_version()) for name in ("run", "thrown_run")})
    _runs(services, project, [things[name][1] for name in ("run", "thrown_run")])
    things["run_writer"] = (
        "table_sessions.id",
        services.runs.open_writer(me, project, things["run"][1], "first"),
    )
    hook = services.webhooks(private=False).create(me, project, "https://ci.invalid/hook")[0].id
    things["webhook"] = ("webhooks.id", hook)
    with services.catalog.begin() as session:
        things["delivery"] = ("deliveries.id", _delivery(session, me, number, hook))
    invited = services.invitations.create(me, project=project)[0]
    things["invitation"] = ("invitations.id", invited.id)
    head = services.artifacts.head(me, project, Kind.DATASET, NAME)
    assert head is not None
    packages: dict[Kind, tuple[str, str]] = {}
    for kind in (Kind.DATASET, Kind.MODEL, Kind.RUNTIME):
        found = services.artifacts.head(me, project, kind, NAME)
        assert found is not None
        packages[kind] = (found.version, found.manifest)
    session_number = services.consumption.join(me, project, "nightly", head, 2)
    things["consumption"] = ("consumptions.id", session_number)
    trash = services.trash.list(me, project)
    thrown = next(each for each in trash if each.item.startswith("package-"))
    things["item"] = ("artifacts.id", int(thrown.item.removeprefix("package-")))
    return Furniture(number, things, packages, place / MARKS)


def _packages(services: Services, me: Actor, project: str, place: Path) -> None:
    pickled = hostile.files(place / MARKS)["weights.pkl"]
    for round_ in (1, 2):
        for name in (NAME, GONE):
            head = services.artifacts.head(me, project, Kind.DATASET, name)
            writer = services.datasets.writer(me, project, name, head)
            for key in range(2):
                row = {"a": round_, "text": name, "image": Image(PNG), "pickled": pickled}
                writer.put(key, row)
            writer.commit()
            writer.close()
            _model(services, me, project, name, place / f"model-{round_}", round_)
            _runtime(services, me, project, name, place / f"runtime-{name}-{round_}", round_)
    for kind in (Kind.DATASET, Kind.MODEL, Kind.RUNTIME):
        uri = ArtifactUri(instance="local", project=project, kind=kind, name=NAME, version="v0")
        services.artifacts.add_tags(me, uri, [OLD])
        services.artifacts.remove(me, ArtifactUri(instance="local", project=project, kind=kind, name=GONE))


def _model(services: Services, me: Actor, project: str, name: str, place: Path, number: int) -> None:
    place.mkdir(parents=True, exist_ok=True)
    (place / "code.py").write_text(dedent(CODE))
    (place / "data.txt").write_text(f"{number}\n")
    for path, data in hostile.files(place.parent / MARKS).items():
        (place / path).write_bytes(data)
    request = BuildRequest(workdir=place, name=name, modules=("code",))
    services.models.build(me, project, request, discover=discover_once)


def _runtime(services: Services, me: Actor, project: str, name: str, place: Path, number: int) -> None:
    package = Locked(line=f"click=={number}.0", hashes=("sha256:" + "0" * 64,))
    text = Lock(platform="linux-x86_64", python="3.12", packages=(package,)).to_text()
    for path, content in ((lock_path("linux-x86_64"), text), ("data.txt", f"{number}\n")):
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(content)
    for path, data in hostile.files(place.parent / MARKS).items():
        (place / path).write_bytes(data)
    entries = Trees(services.blobs).pack(place)
    data = runtime_manifest(entries)
    services.artifacts.publish(
        me,
        project=project,
        kind=Kind.RUNTIME,
        name=name,
        version=version_of(hashlib.sha256(data).digest()),
        manifest=services.blobs.put(data),
        size=sum(each.size for each in entries),
    )


def _jobs(services: Services, me: Actor, project: str) -> dict[str, tuple[str, Any]]:
    blueprint = Blueprint(model=NAME, handler="code:look", datasets=(NAME,))
    made = {name: services.orders.place(me, project, blueprint).id for name in ("job", "ended", "thrown")}
    services.jobs.cancel(me, JobUri(instance="local", project=project, job=made["ended"]))
    thrown = JobUri(instance="local", project=project, job=made["thrown"])
    services.jobs.cancel(me, thrown)
    services.jobs.remove(me, thrown)
    services.job_templates.save(me, project, NAME, blueprint)
    services.job_schedules.add(me, project, NAME, NAME, "0 3 * * *")
    return {name: ("jobs.id", job) for name, job in made.items()}


def _runs(services: Services, project: str, ids: Sequence[str]) -> None:
    """Tracked runs that have ended; the second lies in the trash."""
    writer, now = services.tables.writer(), utc_now()
    for run, removed_at in zip(ids, (None, now), strict=True):
        place = RunPlace(services.settings.root, project, run)
        told = {"name": NAME, "tags": [], "owner": "owner", "created_at": now, "removed_at": removed_at}
        writer.put(place.runs, run, told)
        ended = {"host": "there", "pid": 1, "started": "then", "joined_at": now, "seen_at": now}
        writer.put(place.processes, "first", {**ended, "ended_at": now})
    writer.flush()
    writer.close()


def _documents(services: Services, me: Actor, project: str, number: int) -> dict[str, tuple[str, Any]]:
    question = {"tables": ["summary"]}
    panel = {"type": "panel", "question": question}
    asking = {"type": "panel", "chart": {"kind": "figures"}, "asks": [{"type": "rows", "question": question}]}
    found: dict[str, tuple[str, Any]] = {}
    for kind, content in (
        (DocumentKind.VIEW, {"columns": ["a"]}),
        (DocumentKind.PANEL, {"columns": ["a"]}),
        (DocumentKind.REPORT, {"description": "", "blocks": [panel, asking]}),
    ):
        made = services.documents.create(me, project, kind, NAME, content).id
        services.documents.prefer(me, project, kind, made)  # so that one can take it back
        found[kind.value] = ("documents.id", made)
    services.documents.publish(me, project, found["report"][1])
    return found


def _delivery(session: Session, me: Actor, project: int, hook: int) -> int:
    emit(session, me, "table.made", {}, project=project)
    now = utc_now()
    row = {"webhook_id": hook, "event_id": 1, "replay": 0, "state": "dead", "attempts": 1}
    made = insert(DeliveryRow).values(**row, created_at=now, due_at=now, ended_at=now)
    return session.execute(made.returning(DeliveryRow.id)).scalar_one()


def clone(
    services: Services, source: Furniture, template: str, project: str, *, members: bool = False
) -> Furniture:
    """A project that holds the same as another one, of which nothing is shared but bytes; and its members."""
    left_out = {*_LEFT_OUT, "projects"} - ({"members"} if members else set())
    known: dict[str, dict[Any, Any]] = {}
    with services.catalog.begin() as session:
        connection = session.connection()
        whole = select(ProjectRow.__table__).where(ProjectRow.id == source.number)
        row = dict(connection.execute(whole).mappings().one())
        before = row.pop("id")
        made = insert(ProjectRow).values(**{**row, "name": project}).returning(ProjectRow.id)
        number = connection.execute(made).scalar_one()
        known["runs"] = {source[name]: random_version() for name in ("run", "thrown_run")}
        known["projects.id"], known["names"] = {before: number}, {template: project}
        for table in complete_metadata().sorted_tables:
            if table.name not in left_out:
                _clone_rows(connection, table, number, known)
        jobs = (source["job"], known["jobs.id"][source["job"]])
        _clone_tables(services, session, (template, project), jobs)
    _runs(services, project, list(known["runs"].values()))
    things = {name: (column, known[column][value]) for name, (column, value) in source.things.items()}
    return Furniture(number, things, source.packages, source.marks)


def _clone_tables(
    services: Services, session: Session, projects: tuple[str, str], jobs: tuple[str, str]
) -> None:
    before, after = zip(projects, jobs, strict=True)
    services.revisions.copy(session, evaluation_prefix(*before), evaluation_prefix(*after))
    services.revisions.copy(session, summary_path(before[0]), summary_path(after[0]))


def _clone_rows(connection: Connection, table: Table, number: int, known: dict[str, dict[Any, Any]]) -> None:
    keys = {
        key.parent.name: known[key.target_fullname]
        for key in table.foreign_keys
        if known.get(key.target_fullname)
    }
    if not keys:
        return
    mine = or_(*(table.c[name].in_(list(moved)) for name, moved in keys.items()))
    found = connection.execute(select(table).where(mine)).mappings().all()
    rows = [
        {
            name: keys[name].get(value, value) if name in keys else _fresh(table, name, number, value)
            for name, value in each.items()
        }
        for each in found
    ]
    if table.name == "table_sessions":
        rows = [{**row, "job": (known["jobs.id"] | known["runs"])[row["job"]]} for row in rows]
    if table.name == "jobs":
        rows = [{**row, "plan": _renamed(row["plan"], known["names"])} for row in rows]
    # What hangs on these keys in turn, such as the tasks of a step of a job.
    known.update({f"{table.name}.{name}": moved for name, moved in keys.items()})
    if not rows:
        return
    if [each.name for each in table.primary_key] != ["id"]:
        connection.execute(insert(table), rows)
        return
    moved = known.setdefault(f"{table.name}.id", {})
    for before, row in zip(found, rows, strict=True):
        if isinstance(row["id"], int):
            del row["id"]
        key = connection.execute(insert(table), row).inserted_primary_key
        assert key is not None
        moved[before["id"]] = key[0]


def _renamed(plan: Any, names: Mapping[str, str]) -> Any:
    """A plan whose addresses name the project of the clone."""
    text = json.dumps(plan)
    for before, after in names.items():
        text = text.replace(before, after)
    return json.loads(text)


def _fresh(table: Table, name: str, number: int, value: Any) -> Any:
    fresh = FRESH_TEXTS.get(f"{table.name}.{name}")
    return fresh(number, value) if fresh else value


def take_job(services: Services, job: str) -> dict[str, Any]:
    """Have this process run a job; the attempt at its only task, as a worker names it."""
    epoch = services.ledger.adopt(job, this_process(), utc_now(), force=True).epoch
    changes = [
        Change(subject=subject, name=name, old=old, new=new, attempt=1)
        for subject, name, old, new in (
            (Subject.STEP, "0", StepState.CREATED, StepState.RUNNING),
            (Subject.TASK, "0.0", TaskState.CREATED, TaskState.READY),
            (Subject.TASK, "0.0", TaskState.READY, TaskState.ASSIGNING),
        )
    ]
    services.ledger.store(job, epoch, changes, utc_now())
    return {"job": job, "epoch": epoch, "step": 0, "task": "0.0", "attempt": 1}
