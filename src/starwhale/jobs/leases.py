"""Leases: who may do which rows, until when, and what proves it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from starwhale.core.errors import Conflict
from starwhale.jobs.plan import Key


class Fenced(Conflict):
    """The lease, or the whole job, belongs to another by now; what was done under it counts for nothing."""

    code = "fenced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One attempt at a task, as it asks for work.

    Attributes:
        epoch: Epoch of the scheduler that submitted it.
        task: Id of the task in its job.
    """

    job: str
    epoch: int
    step: int
    task: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to do some work and to make its results count.

    Attributes:
        range: Number of the range in the catalog.
        token: Fencing token; results count only while the range has no newer one.
        dataset: Which of the step's datasets, -1 where no rows are read.
        start: First key to do; None: from the beginning.
        end: First key not to do; None: to the end.
        rows: How many rows are left in it.
        deaths: Workers that died on it in a row.
        expires: When it ends unless it is prolonged.
    """

    holder: Holder
    range: int
    token: int
    dataset: int
    start: Key | None
    end: Key | None
    rows: int
    deaths: int
    expires: datetime


#: What several attempts at once get: a lease, nothing left to do, or why there is none.
Unit = Lease | Fenced | None


def key_to_text(key: Key | None) -> str | None:
    """A key as it lies in the catalog, where 1 and "1" must differ."""
    return None if key is None else json.dumps(key)


def key_from_text(text: str | None) -> Key | None:
    """Read what `key_to_text` wrote."""
    return None if text is None else json.loads(text)


def describe_rows(dataset: str, start: Key | None, rows: int) -> str:
    """Some rows in words: ``row 128 of dataset mnist``.

    Args:
        dataset: Its name.
        start: First key, None: the first of the dataset.
        rows: How many there are.
    """
    if start is None:
        return f"the first {f'{rows} rows' if rows > 1 else 'row'} of dataset {dataset}"
    which = f"row {start!r}" if rows == 1 else f"the {rows} rows from row {start!r} on"
    return f"{which} of dataset {dataset}"
