"""What handlers take after `--`, as `swcli model run --show-argument` tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starwhale.cli.session import Session
    from starwhale.core.handlers import HandlerSpec

_EMPTY = frozenset({"[]", "{}", "()"})


def show_arguments(session: Session, options: Sequence[tuple[HandlerSpec, Mapping[str, Any]]]) -> None:
    """List the options of the handlers of a run, those that must be given first."""
    from starwhale.cli.output import Column

    rows = [_row(spec, option) for spec, option in options if not option.get("hidden")]
    rows.sort(key=lambda row: not row["required"])
    several = len({row["handler"] for row in rows}) > 1
    columns = (
        Column(key="option"),
        Column(key="type" if session.json else "kind", title="TYPE", rank=3),
        Column(key="required", show=lambda value: "yes" if value else "no", rank=2),
        Column(key="default", show=_default, rank=1, cut=True),
        *([Column(key="choices", show=_listed, cut=True, rank=4)] if any(r["choices"] for r in rows) else ()),
        *([Column(key="handler", rank=6)] if several else ()),
        Column(key="help", cut=True, rank=5),
    )
    if not session.json:
        rows = [{**row, "kind": _kind(row)} for row in rows]
    session.out.table(rows, columns, empty="the handler takes no arguments")


def _row(spec: HandlerSpec, option: Mapping[str, Any]) -> dict[str, Any]:
    kind = option["type"]
    return {
        "handler": spec.id,
        "option": option["opts"][-1],
        "type": kind["name"],
        "required": bool(option.get("required")),
        "default": option.get("default"),
        "choices": list(kind.get("choices") or ()),
        "multiple": bool(option.get("multiple")),
        "is_flag": bool(option.get("is_flag")),
        "help": option.get("help") or "",
    }


def _kind(row: Mapping[str, Any]) -> str:
    if row["is_flag"]:
        return "flag"
    return f"{row['type']}, repeatable" if row["multiple"] else row["type"]


def _default(value: Any) -> str:
    return "" if value is None or value in _EMPTY else str(value)


def _listed(choices: Sequence[str]) -> str:
    return ", ".join(choices)
