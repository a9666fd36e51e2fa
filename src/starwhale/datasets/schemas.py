"""What goes into a build of a dataset and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OnError(StrEnum):
    """What to do about rows that cannot be used."""

    FAIL = "fail"
    SKIP = "skip"
    COLLECT = "collect"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildProgress:
    """How far a build is.

    Attributes:
        rows: Rows that were read.
        seconds: Since the first one.
        size: Bytes of their values.
    """

    rows: int
    seconds: float
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row that was left out.

    Attributes:
        place: Which it is, for people: ``row 17 of train.csv``.
        reason: Why.
    """

    place: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """How a build ended.

    Attributes:
        version: Id of the version.
        rows: Rows in it.
        yielded: Rows that were read and stored.
        is_new: False where they were all there before, and no version was made.
        rejected: Rows that were left out.
        examples: The first of them.
    """

    version: str
    rows: int
    yielded: int
    is_new: bool
    rejected: int = 0
    examples: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Bytes of a version that are not what was written.

    Attributes:
        blob: Digest of what they should be.
        reason: What is wrong with them.
    """

    blob: str
    reason: str
