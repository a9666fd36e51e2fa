"""Which run is meant, and what a start changes of it."""

from __future__ import annotations

from typing import Any

from starwhale.core.actor import Actor
from starwhale.core.errors import Ambiguous, Conflict, NotFound
from starwhale.core.names import quoted
from starwhale.core.version import is_version_prefix, short
from starwhale.experiments.schemas import RunRequest
from starwhale.kit.suggest import nearest
from starwhale.kit.times import utc_now

MAX_DESCRIPTION = 10_000

Row = dict[str, Any]


def changed_columns(known: Row | None, request: RunRequest, actor: Actor) -> dict[str, Any]:
    """What a start writes into the row of a run: of one that is there, only what was said."""
    said = {
        "name": request.name,
        "description": request.description[:MAX_DESCRIPTION],
        "destination": request.destination,
    }
    changed: dict[str, Any] = {name: value for name, value in said.items() if value}
    if known is None:
        tags = list(dict.fromkeys(request.tags))
        fresh = {"name": "run", "tags": tags, "owner": actor.name, "created_at": utc_now()}
        return {**fresh, **changed}
    return {**changed, "tags": list(dict.fromkeys([*(known.get("tags") or ()), *request.tags]))}


def chosen(rows: dict[str, Row], text: str, project: str, *, removed: bool | None = None) -> str:
    """The id that `text` means: an id, the beginning of one, or a name.

    Args:
        rows: All runs of the project.
        text: What was typed.
        project: Its name.
        removed: Among those in the trash, among the others, or None for both.

    Raises:
        NotFound: there is no such run, or it was removed; the hint names the nearest, or the way back.
        Ambiguous: there are several; the message lists them.
        Conflict: it was to be in the trash, and is not.
    """
    if removed is None:
        return _named(rows, text, project)
    looked = {run: row for run, row in rows.items() if bool(row.get("removed_at")) == removed}
    try:
        return _named(looked, text, project)
    except NotFound:
        if not _meant({run: row for run, row in rows.items() if run not in looked}, text):
            raise
    if removed:
        raise Conflict(f"run {quoted(text)} was not removed")
    raise NotFound(f"run {quoted(text)} was removed", hint=f"`swcli track recover {text}` brings it back")


def _meant(rows: dict[str, Row], text: str) -> list[str]:
    """The ids that `text` may mean."""
    if text in rows:
        return [text]
    found = [run for run, row in rows.items() if row["name"] == text]
    return found or [run for run in rows if is_version_prefix(text) and run.startswith(text)]


def _named(rows: dict[str, Row], text: str, project: str) -> str:
    found = _meant(rows, text)
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(short(run) for run in sorted(found, key=lambda run: rows[run]["created_at"]))
        raise Ambiguous(f"{text!r} may be one of the runs {listed}", hint="use the id of one")
    near = nearest(text, [row["name"] for row in rows.values()])
    hint = f"did you mean {near!r}?" if near else "list them with `swcli track list`"
    raise NotFound(f"no run {text!r} in project {project!r}", hint=hint)
