"""Which run is meant, and what a start changes of it."""

from __future__ import annotations

from typing import Any

from starwhale.core.actor import Actor
from starwhale.core.errors import Ambiguous, NotFound
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


def chosen(rows: dict[str, Row], text: str, project: str) -> str:
    """The id that `text` means: an id, the beginning of one, or a name.

    Raises:
        NotFound: there is no such run; the hint names the nearest.
        Ambiguous: there are several; the message lists them.
    """
    if text in rows:
        return text
    found = [run for run, row in rows.items() if row["name"] == text]
    if not found and is_version_prefix(text):
        found = [run for run in rows if run.startswith(text)]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(short(run) for run in sorted(found, key=lambda run: rows[run]["created_at"]))
        raise Ambiguous(f"{text!r} may be one of the runs {listed}", hint="use the id of one")
    near = nearest(text, [row["name"] for row in rows.values()])
    hint = f"did you mean {near!r}?" if near else "list them with `swcli track list`"
    raise NotFound(f"no run {text!r} in project {project}", hint=hint)
