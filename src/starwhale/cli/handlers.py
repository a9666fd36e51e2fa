"""Handlers that are about to be run: what they take, and how many tasks they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starwhale.cli.arguments import show_arguments
from starwhale.core.errors import InvalidSpec, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starwhale.cli.session import Session
    from starwhale.core.handlers import HandlerSpec


def check_arguments(
    session: Session, specs: Mapping[str, HandlerSpec], handler: str, words: Sequence[str], *, show: bool
) -> None:
    """Refuse what no handler of the run takes before anything runs; or list what they take."""
    from starwhale.jobs import request
    from starwhale.jobs.graph import choose, closure

    if not show:
        request.check_arguments(specs, handler, words)
        return
    steps = closure(specs, choose(specs, handler).id)
    show_arguments(
        session,
        [(spec, option) for spec in steps for group in spec.arguments.values() for option in group.values()],
    )


def overrides_of(
    specs: Mapping[str, HandlerSpec],
    tasks: Mapping[str, int],
    *,
    replicas: Sequence[str] = (),
    resources: Sequence[str] = (),
) -> dict[str, dict[str, Any]]:
    """What steps are to be given instead of what their handlers say, by id.

    Args:
        specs: All handlers by id.
        tasks: How many tasks steps are to have; 0 for as many as they say.
        replicas: The same as ``STEP=N``.
        resources: What tasks ask for, as ``STEP:NAME=AMOUNT,...``.

    Raises:
        UsageError: one of them is written otherwise.
        InvalidSpec: there is no such resource, or no such amount of it.
        NotFound: there is no such handler.
        Ambiguous: it means several.
    """
    from starwhale.jobs.graph import choose

    found: dict[str, dict[str, Any]] = {}
    for step, count in tasks.items():
        if count:
            found.setdefault(choose(specs, step).id, {})["replicas"] = count
    for text in replicas:
        step, _, number = text.rpartition("=")
        if not step or not number.isdecimal():
            raise UsageError(f"--step-replicas: {text!r} is not STEP=N", hint="as in predict=4")
        found.setdefault(choose(specs, step).id, {})["replicas"] = int(number)
    for text in resources:
        step, amounts = _resources(text)
        found.setdefault(choose(specs, step).id, {}).setdefault("resources", {}).update(amounts)
    return found


def _resources(text: str) -> tuple[str, Mapping[str, Any]]:
    """Step and amounts of ``STEP:NAME=AMOUNT,...``."""
    from starwhale.core.resources import of_texts

    step, _, listed = text.rpartition(":")
    pairs = [each.partition("=") for each in listed.split(",")]
    if not step or not all(name.strip() and amount.strip() for name, _, amount in pairs):
        hint = "as in predict:memory=2Gi,cpu=1,gpu=1"
        raise UsageError(f"--step-resources: {text!r} is not STEP:NAME=AMOUNT,...", hint=hint)
    try:
        return step, of_texts({name.strip(): amount.strip() for name, _, amount in pairs})
    except InvalidSpec as error:
        raise InvalidSpec(f"--step-resources of {step!r}: {error.message}", hint=error.hint) from error
