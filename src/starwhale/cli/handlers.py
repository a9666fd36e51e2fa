"""Handlers that are about to be run: what they take, and how many tasks they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starwhale.cli.arguments import show_arguments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starwhale.cli.session import Session
    from starwhale.core.handlers import HandlerSpec


def check_arguments(
    session: Session, specs: Mapping[str, HandlerSpec], handler: str, words: Sequence[str], *, show: bool
) -> None:
    """Refuse what no handler of the run takes before anything runs; or list what they take."""
    from starwhale.core.arguments import check, parse
    from starwhale.jobs.graph import choose, closure

    steps = closure(specs, choose(specs, handler).id)
    known = [
        (spec, option) for spec in steps for group in spec.arguments.values() for option in group.values()
    ]
    if show:
        show_arguments(session, known)
        return
    check([option for _, option in known], words)
    parse([option for _, option in known], words)


def overrides_of(specs: Mapping[str, HandlerSpec], step: str, replicas: int) -> dict[str, dict[str, int]]:
    """So many tasks for a step; nothing where no number was given."""
    from starwhale.jobs.graph import choose

    return {choose(specs, step).id: {"replicas": replicas}} if replicas else {}
