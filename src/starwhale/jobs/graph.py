"""The graph of handlers: which steps a chosen one needs, and in what order they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starwhale.core.errors import Ambiguous, InvalidSpec, NotFound
from starwhale.core.handlers import HandlerSpec
from starwhale.kit.suggest import nearest


def closure(specs: Mapping[str, HandlerSpec], chosen: str) -> tuple[HandlerSpec, ...]:
    """The chosen handler and all that it needs, each after those it needs itself.

    Among steps that could go in any order, the one that is needed first comes first, so that the same code
    gives the same graph every time.

    Raises:
        NotFound: `chosen` is no handler.
        InvalidSpec: a step needs one that is not there, or steps need each other in a circle.
    """
    if chosen not in specs:
        raise _unknown(specs, chosen)
    order: list[HandlerSpec] = []
    done: set[str] = set()
    # Depth first with a stack of our own: a chain of steps may be longer than Python's recursion.
    path: list[str] = []
    on_path: set[str] = set()
    stack: list[tuple[str, bool]] = [(chosen, False)]
    while stack:
        name, leaving = stack.pop()
        if leaving:
            on_path.discard(path.pop())
            done.add(name)
            order.append(specs[name])
            continue
        if name in done:
            continue
        if name in on_path:
            raise _circle([*path[path.index(name) :], name])
        path.append(name)
        on_path.add(name)
        stack.append((name, True))
        for need in reversed(specs[name].needs):
            if need not in specs:
                raise InvalidSpec(
                    f"handler {name!r} needs {need!r}, which is no handler", hint=_near(specs, need)
                )
            if need not in done:
                stack.append((need, False))
    return tuple(order)


def layers(steps: Sequence[HandlerSpec]) -> list[list[str]]:
    """Ids of the steps by depth: those of one layer need only those of the layers before it.

    Args:
        steps: Each after those it needs, as `closure` gives them.
    """
    depth: dict[str, int] = {}
    found: list[list[str]] = []
    for step in steps:
        own = max((depth[need] + 1 for need in step.needs), default=0)
        depth[step.id] = own
        if own == len(found):
            found.append([])
        found[own].append(step.id)
    return found


def sinks(specs: Mapping[str, HandlerSpec]) -> tuple[HandlerSpec, ...]:
    """Handlers that no other handler needs, in the order given."""
    needed = {need for spec in specs.values() for need in spec.needs}
    return tuple(spec for spec in specs.values() if spec.id not in needed)


def choose(specs: Mapping[str, HandlerSpec], text: str = "") -> HandlerSpec:
    """The handler that a person means.

    Args:
        specs: All handlers by id.
        text: Its id, its name, the part of its id after the colon, or its number in `specs` from 0. Empty
            means the one that no other needs.

    Raises:
        NotFound: no handler is called so; the nearest is suggested.
        Ambiguous: several are; all are listed.
    """
    if not specs:
        raise NotFound(
            "no handler is defined here", hint="decorate a function with @handler or @evaluation.predict"
        )
    if not text:
        found = sinks(specs)
        # What only a server runs is meant where it is named.
        real = tuple(each for each in found if not each.options.get("virtual"))
        return _only(real or found, "several handlers could be run")
    if text in specs:
        return specs[text]
    named = tuple(spec for spec in specs.values() if text in {spec.name, spec.qualname})
    if named:
        return _only(named, f"several handlers are called {text!r}")
    if text.isdecimal() and int(text) < len(specs):
        return tuple(specs.values())[int(text)]
    raise _unknown(specs, text)


def _only(found: tuple[HandlerSpec, ...], trouble: str) -> HandlerSpec:
    if len(found) == 1:
        return found[0]
    raise Ambiguous(f"{trouble}: {', '.join(spec.id for spec in found)}", hint="choose one by its id")


def _unknown(specs: Mapping[str, HandlerSpec], text: str) -> NotFound:
    return NotFound(f"no handler {text!r}", hint=_near(specs, text))


def _near(specs: Mapping[str, HandlerSpec], text: str) -> str:
    words = [word for spec in specs.values() for word in (spec.id, spec.name, spec.qualname)]
    close = nearest(text, words)
    return f"did you mean {close!r}?" if close else f"there are {', '.join(specs) or 'none'}"


def _circle(path: list[str]) -> InvalidSpec:
    return InvalidSpec(
        f"handlers need each other in a circle: {' needs '.join(path)}", hint="take one of these `needs` away"
    )
