"""Events: one row in the transaction of the change itself, so that neither exists without the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from starwhale.catalog.news import note
from starwhale.catalog.tables.events import EventRow
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from starwhale.core.actor import Actor

#: What something can happen to: the nouns that the names of events begin with.
NOUNS = frozenset(
    [
        "build",
        "consumption",
        "dataset",
        "garbage",
        "invitation",
        "job",
        "login",
        "member",
        "model",
        "panel",
        "pool",
        "project",
        "report",
        "run",
        "runtime",
        "schedule",
        "session",
        "shell",
        "table",
        "template",
        "token",
        "trash",
        "user",
        "view",
        "webhook",
    ]
)


def emit(
    session: Session, actor: Actor, name: str, payload: Mapping[str, Any], *, project: int | None = None
) -> None:
    """Note in the transaction of `session` that something happened.

    Args:
        session: The transaction that makes the change.
        actor: Who made it.
        name: What happened, noun and participle: ``dataset.published``.
        payload: JSON-able facts that let a reader find what changed.
        project: Number of the project that it happened in; None for what concerns the whole instance.
    """
    noun = name.partition(".")[0]
    assert noun in NOUNS, noun
    note(session, noun)
    session.execute(
        insert(EventRow).values(
            at=utc_now(),
            actor=actor.name,
            name=name,
            payload=dict(payload),
            project_id=project,
            user_id=actor.user,
            address=actor.address or None,
            request=actor.request or None,
        )
    )
