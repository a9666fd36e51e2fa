"""Tracked runs as `swcli track` shows them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starwhale.cli import units
from starwhale.cli.curves import sparkline
from starwhale.cli.output import Column
from starwhale.cli.plain import visible
from starwhale.core.errors import Conflict, UsageError
from starwhale.core.version import LENGTH, short

if TYPE_CHECKING:
    from starwhale.cli.session import Session
    from starwhale.core.page import PageRequest
    from starwhale.experiments.schemas import RunDetails, RunRead
    from starwhale.experiments.service import ExperimentService

SPARKS = 24
PEAK = "_peak"


def service_of(session: Session) -> ExperimentService:
    """The runs of the instance that commands work on."""
    return session.instance.experiments


def shown_id(run: str) -> str:
    """An id as people type it: a random one shortened, one of the user's own in full."""
    return short(run) if len(run) == LENGTH else run


def list_runs(
    session: Session,
    project: str,
    page: PageRequest,
    filters: Mapping[str, Any],
    *,
    metrics: Sequence[str],
    fullname: bool,
) -> None:
    """Print the runs of a project."""
    from starwhale.experiments.schemas import RunState

    place, service = session.project(project), service_of(session)
    state = RunState(filters["state"].upper()) if filters["state"] else None
    found = service.list(
        session.actor,
        place,
        page,
        tag=filters["tag"],
        name=filters["name"],
        state=state,
        removed=filters["removed"],
    )
    rows = [_line(session, run, service, metrics) for run in found]
    columns = [
        Column(key="id", show=str if fullname else shown_id),
        Column(key="name", cut=True),
        Column(key="state"),
        session.out.moments("created_at", title="STARTED", rank=2),
        Column(key="seconds", title="TOOK", show=units.span, right=True, rank=3),
        *(Column(key=name, title=name, show=number, right=True) for name in metrics),
        Column(key="tags", show=", ".join, rank=4, cut=True),
        Column(key="owner", rank=5),
    ]
    empty = f"no run in project {place}; `starwhale.track.start` in a program begins one"
    session.out.table(rows, columns, empty=empty, total=found.total)


def _line(
    session: Session, run: RunRead, service: ExperimentService, metrics: Sequence[str]
) -> dict[str, Any]:
    row = {
        "id": run.id,
        "name": run.name,
        "state": run.state,
        "created_at": run.created_at,
        "ended_at": run.ended_at,
        "seconds": took(run, session.out.now),
        "tags": list(run.tags),
        "owner": run.owner,
        "description": run.description,
        "error": run.error,
    }
    if metrics:
        summaries = service.details(run).metrics
        row.update({name: summaries[name].last if name in summaries else None for name in metrics})
    return row


def took(run: RunRead, now: datetime) -> float:
    """Seconds from the beginning of a run to its end, or to now."""
    return max(((run.ended_at or now) - run.created_at).total_seconds(), 0.0)


def show_run(session: Session, project: str, text: str) -> None:
    """Print all that is known of a run."""
    place, service = session.project(project), service_of(session)
    run = service.find(session.actor, place, text)
    details = service.details(run)
    out = session.out
    if out.json:
        out.document(details)
        return
    out.record(_head(session, run), None)
    _params(session, details)
    _metrics(session, details, service)
    _artifacts(session, details)
    _gauges(session, details)
    _facts(session, details)


def _head(session: Session, run: RunRead) -> list[tuple[str, str]]:
    gone = sum(1 for each in run.processes if each.ended_at is None and each.alive is False)
    processes = f"{len(run.processes)}" + (f", {gone} of them gone without an end" if gone else "")
    return [
        ("run", run.id),
        ("name", run.name),
        ("state", f"{run.state}{': ' + run.error if run.error else ''}"),
        ("project", run.project),
        ("started", session.out.when(run.created_at)),
        ("took", units.span(took(run, session.out.now))),
        ("tags", ", ".join(run.tags)),
        ("description", run.description),
        ("owner", run.owner),
        ("processes", processes if len(run.processes) > 1 or gone else ""),
        ("meant for", run.destination),
    ]


def _params(session: Session, details: RunDetails) -> None:
    if details.params:
        session.out.blank()
        rows = [{"parameter": name, "value": value} for name, value in details.params.items()]
        columns = [Column(key="parameter"), Column(key="value", show=brief, cut=True)]
        session.out.table(rows, columns)


def _metrics(session: Session, details: RunDetails, service: ExperimentService) -> None:
    rows: list[dict[str, Any]] = []
    for name, tally in details.metrics.items():
        spark = sparkline(service.series(details.run, name).values, SPARKS)
        figures = {"last": tally.last, "min": tally.low, "max": tally.high, "points": tally.count}
        rows.append({"metric": name, "spark": spark, **figures})
    if not rows:
        return
    session.out.blank()
    columns = [
        Column(key="metric"),
        Column(key="last", show=number, right=True),
        Column(key="min", show=number, right=True, rank=2),
        Column(key="max", show=number, right=True, rank=2),
        Column(key="points", show=lambda count: f"{count:,}", right=True, rank=4),
        Column(key="spark", title="COURSE", rank=3),
    ]
    session.out.table(rows, columns)


def _gauges(session: Session, details: RunDetails) -> None:
    """Of the machine: mean and peak of each gauge."""
    rows: list[dict[str, Any]] = []
    for name, tally in details.system.items():
        if not name.endswith(PEAK):
            peak = details.system.get(name + PEAK, tally).high
            rows.append({"gauge": name, "mean": gauge(name, tally.mean), "peak": gauge(name, peak)})
    if rows:
        session.out.blank()
        columns = [Column(key="gauge"), Column(key="mean", right=True), Column(key="peak", right=True)]
        session.out.table(rows, columns)


def gauge(name: str, value: float | None) -> str:
    """A gauge of the machine with its unit."""
    if value is None:
        return ""
    if "bytes" in name:
        return units.size(round(value)) + ("/s" if name.endswith("per_second") else "")
    return f"{value:.1f}" + (" %" if name.endswith("percent") else "")


def _artifacts(session: Session, details: RunDetails) -> None:
    if details.artifacts:
        session.out.blank()
        columns = [
            Column(key="artifact"),
            Column(key="kind", rank=2),
            Column(key="size", show=lambda size: "" if size is None else units.size(size), right=True),
        ]
        rows = [{"artifact": each.key, "kind": each.kind, "size": each.size} for each in details.artifacts]
        session.out.table(rows, columns)


def _facts(session: Session, details: RunDetails) -> None:
    git, environment = details.facts.get("git", {}), details.facts.get("environment", {})
    if not git and not environment:
        return
    session.out.blank()
    changed = f" with {units.counted(len(git['changed']), 'uncommitted change')}" if git.get("dirty") else ""
    commit = f"{git.get('commit', '')[:12]} on {git.get('branch') or 'no branch'}{changed}" if git else ""
    memory, packages = environment.get("memory"), len(environment.get("packages") or ())
    machine = [environment.get("cpu"), f"{environment.get('cores')} cores"]
    machine += [units.size(memory)] if memory else []
    fields = [
        ("command", environment.get("command", "")),
        ("directory", environment.get("directory", "")),
        ("commit", commit),
        ("remote", git.get("remote", "")),
        ("python", " on ".join(filter(None, (environment.get("python"), environment.get("platform"))))),
        ("packages", f"{packages} (all with -o json)" if packages else ""),
        ("host", environment.get("host", "")),
        ("machine", ", ".join(filter(None, machine)) if environment else ""),
        ("gpus", ", ".join(environment.get("gpus") or ())),
    ]
    session.out.record(fields, None)


def print_lines(session: Session, project: str, text: str) -> None:
    """Print what a run has printed."""
    place, service = session.project(project), service_of(session)
    lines = service.lines(service.find(session.actor, place, text))
    if session.out.json:
        session.out.document(list(lines))
        return
    for line in lines:
        sys.stdout.write(visible(line.text) + "\n")


def extract_artifact(
    session: Session, project: str, text: str, key: str, target: str | None, *, force: bool
) -> None:
    """Write an artifact into a file."""
    place, service = session.project(project), service_of(session)
    run = service.find(session.actor, place, text)
    pieces = service.artifact_bytes(run, key)
    file = Path(target) if target else Path(Path(service.artifact(run, key)[0].file_name or key).name)
    if file.is_dir():
        raise UsageError(f"{str(file)!r} is a directory", hint="name the file to write")
    if file.exists() and not force:
        raise Conflict(f"{str(file)!r} exists", hint="--force replaces it")
    size = 0
    try:
        with file.open("wb") as out:
            for piece in pieces:
                size += out.write(piece)
    except OSError as exc:
        raise UsageError(f"{str(file)!r} cannot be written: {exc.strerror}") from exc
    session.out.line(f"{file}: {units.size(size)}", {"file": str(file), "size": size})


def remove_runs(session: Session, project: str, runs: Sequence[str], *, force: bool) -> None:
    """Remove runs."""
    place, service = session.project(project), service_of(session)
    for text in runs:
        run = service.remove(session.actor, place, text, force=force)
        way_back = "" if force else f"; `swcli track recover {shown_id(run.id)}` brings it back"
        said = {"run": run.id, "removed": True, "forced": force}
        session.out.line(f"run {shown_id(run.id)} ({run.name}) is removed{way_back}", said)


def recover_run(session: Session, project: str, text: str) -> None:
    """Recover a run."""
    place = session.project(project)
    run = service_of(session).recover(session.actor, place, text)
    session.out.line(f"run {shown_id(run.id)} ({run.name}) is back", {"run": run.id, "removed": False})


def number(value: float | None) -> str:
    """A measured value; empty where there is none."""
    if value is None:
        return ""
    return units.number(value) if abs(value) < float("inf") else repr(value)


def brief(value: Any) -> str:
    """A parameter in one line."""
    if isinstance(value, float):
        return repr(value)
    text = value if isinstance(value, str) else repr(value)
    return " ".join(text.split())
