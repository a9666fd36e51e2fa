"""Rows of runs as processes elsewhere send them, checked: whoever reads them relies on their form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from starwhale.core.errors import UsageError
from starwhale.core.names import check_reference
from starwhale.core.permissions import WRITE_RUN, Permission
from starwhale.core.types.binary import Binary
from starwhale.experiments.paths import METRICS, PROCESSES, SYSTEM
from starwhale.experiments.tallies import Tally

if TYPE_CHECKING:
    from starwhale.storage.layers.format import Key

EXPERIMENT = "experiment"
FOLD_BATCHES = 200
Check = Callable[[Any], bool]


def _is(*kinds: type) -> Check:
    return lambda value: type(value) in kinds


def _list_of(*kinds: type) -> Check:
    return lambda value: (
        isinstance(value, list) and all(type(item) in kinds for item in cast("list[Any]", value))
    )


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _moment(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def _anything(_value: Any) -> bool:
    return True


_TEXT, _WHOLE, _TRUTH = _is(str), _is(int), _is(bool)
_POINTS = {
    "name": _TEXT,
    "steps": _list_of(int),
    "values": _list_of(float, int),
    "times": _list_of(float, int),
}
_SUMMARY = {
    "name": _TEXT,
    "process": _TEXT,
    **dict.fromkeys(Tally.__dataclass_fields__, _or_none(_is(float, int))),
    **dict.fromkeys(("count", "odd", "step", "low_step", "high_step"), _WHOLE),
    **dict.fromkeys(("at", "total"), _is(float, int)),
}
#: Tables of a run, and what their columns hold.
SHAPES: Mapping[str, Mapping[str, Check]] = {
    PROCESSES: {
        **dict.fromkeys(("host", "started", "error"), _TEXT),
        **dict.fromkeys(("joined_at", "seen_at", "ended_at"), _moment),
        **dict.fromkeys(("pid", "settled", "step"), _WHOLE),
        **dict.fromkeys(("forked", "failed"), _TRUTH),
    },
    METRICS: _POINTS,
    SYSTEM: _POINTS,
    f"{METRICS}_summary": _SUMMARY,
    f"{SYSTEM}_summary": _SUMMARY,
    "console": {
        "process": _TEXT,
        "times": _list_of(float, int),
        "streams": _list_of(str),
        "texts": _list_of(str),
    },
    "params": {"value": _anything, "at": _moment, "process": _TEXT},
    "facts": {"facts": lambda value: isinstance(value, dict)},
    "artifacts": {
        **dict.fromkeys(("name", "kind"), _TEXT),
        **dict.fromkeys(("sha256", "file_name"), _or_none(_TEXT)),
        **dict.fromkeys(("size", "step"), _or_none(_WHOLE)),
        "pieces": _or_none(_list_of(str)),
        "value": _anything,
        "at": _moment,
    },
    "parts": {"data": _is(Binary)},
}
#: Columns that come together, each table's at least.
_NEEDED: Mapping[str, Sequence[str]] = {
    METRICS: tuple(_POINTS),
    SYSTEM: tuple(_POINTS),
    f"{METRICS}_summary": tuple(_SUMMARY),
    f"{SYSTEM}_summary": tuple(_SUMMARY),
    "console": ("process", "times", "streams", "texts"),
    "params": ("value", "at", "process"),
    "facts": ("facts",),
    "artifacts": ("name", "kind", "at", "value"),
    "parts": ("data",),
}
_ALIKE = (("steps", "values", "times"), ("times", "streams", "texts"))
_JOINING = ("host", "pid", "started", "joined_at", "seen_at")


@dataclass(frozen=True, slots=True)
class RunTables:
    """The tables of a run, as what a session of writing writes; see `evaluations.table_sessions`."""

    kind: str = EXPERIMENT
    event: str = "run"
    noun: str = "run"
    permission: Permission = WRITE_RUN
    fold_after: int = FOLD_BATCHES

    def check_name(self, name: str) -> None:
        """Refuse what no run is called.

        Raises:
            InvalidName: it is that.
        """
        check_reference(name, "run id")

    def check(self, session: object, project: int, name: str) -> None:
        """Nothing: a run that is removed has no sessions any more."""

    def path(self, project: str, name: str, table: str) -> str:
        """Path of a table in the whole store."""
        return f"{project}/{EXPERIMENT}/{name}/{table}"

    def rows(
        self, name: str, table: str, rows: Sequence[tuple[Key, dict[str, Any] | None]]
    ) -> Sequence[tuple[Key, dict[str, Any] | None]]:
        """The rows of a batch for a table, all of them such as runs write.

        Raises:
            UsageError: one is not.
        """
        shape = SHAPES.get(table)
        if shape is None:
            raise UsageError(f"a run has no table {table[:80]!r}", hint=", ".join(SHAPES))
        for key, values in rows:
            if not isinstance(key, str) or values is None:
                raise UsageError(f"rows of {table!r} have texts as keys, and are not deleted")
            _check_row(table, shape, values)
        return rows


def _check_row(table: str, shape: Mapping[str, Check], values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name not in shape or not shape[name](value):
            raise UsageError(f"rows of {table!r} have no such {name[:80]!r}")
    needed = _JOINING if table == PROCESSES and "pid" in values else _NEEDED.get(table, ())
    missing = [name for name in needed if name not in values]
    if missing:
        raise UsageError(f"a row of {table!r} lacks {', '.join(missing)}")
    for names in _ALIKE:
        if set(names) <= values.keys() and len({len(values[name]) for name in names}) > 1:
            raise UsageError(f"{', '.join(names)} of a row of {table!r} are not equally many")
