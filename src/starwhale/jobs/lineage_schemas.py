"""What came of what: a version, what it was made of, and the jobs that used it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from starwhale.core.kinds import Kind
    from starwhale.core.page import Page
    from starwhale.jobs.states import JobState


class LinkRole(StrEnum):
    """What a version is to a job."""

    MODEL = "model"
    RUNTIME = "runtime"
    READ = "read"
    VALIDATED = "validated"
    MADE = "made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A version that something has to do with.

    Attributes:
        hidden: It lies where whoever asks may not look; then nothing but its kind is told.
        seq: Its number among the versions of its name; None where it is not there any more, or hidden.
        removed: It lies in the trash, or is gone for ever.
    """

    kind: Kind
    hidden: bool = False
    project: str = ""
    name: str = ""
    version: str = ""
    seq: int | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a version is to a job, and which version."""

    role: LinkRole
    link: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageJob:
    """A job that has to do with a version.

    Attributes:
        state: As its owner should see it.
        uses: The versions that it was made of, and those that it made.
        more: How many versions it has to do with that are not listed.
    """

    id: str
    project: str
    handler: str
    state: JobState
    created_at: datetime
    created_by: str
    uses: tuple[Use, ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Where a version came from, and what became of it.

    Attributes:
        version: It.
        parent: What it was made from.
        runtime: The runtime that is packed in a model.
        maker: The job that made it; None where nobody knows, or whoever asks may not see that job.
        jobs: One page of the jobs that used it, the newest first.
    """

    version: Link
    parent: Link | None
    runtime: Link | None
    maker: LineageJob | None
    jobs: Page[LineageJob]
