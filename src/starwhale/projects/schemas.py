"""What the services of projects hand out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from starwhale.core.permissions import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRead:
    """One project.

    Attributes:
        removed_at: Since when it lies in the trash; None while it is in use.
        public: Whether everybody may look into it.
    """

    name: str
    description: str
    created_at: datetime
    created_by: str
    removed_at: datetime | None = None
    public: bool = False


class ProjectSort(StrEnum):
    """By what a list of projects is sorted."""

    NAME = "name"
    CREATED = "created"
    CHANGED = "changed"


class Removed(StrEnum):
    """What a list does about things in the trash."""

    HIDDEN = "hidden"
    SHOWN = "shown"
    ONLY = "only"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFilter:
    """Which projects a list is to show, and in which order.

    Attributes:
        search: Part of the name or the description, upper or lower case.
        mine: Only those that the caller is a member of.
        public: Only those that everybody may look into.
        removed: What to do about those in the trash.
        sort: By what.
        descending: Highest or newest first.
    """

    search: str = ""
    mine: bool = False
    public: bool = False
    removed: Removed = Removed.HIDDEN
    sort: ProjectSort = ProjectSort.NAME
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCounts:
    """How much there is in a project; None for what the caller may not see."""

    datasets: int | None = None
    models: int | None = None
    runtimes: int | None = None
    jobs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCard:
    """One project as a list shows it.

    Attributes:
        project: The project.
        changed_at: When anything in it was changed last.
        role: What the caller is in it; None where he is no member.
        counts: What is in it.
    """

    project: ProjectRead
    changed_at: datetime
    role: Role | None
    counts: ProjectCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectDetail:
    """One project in full.

    Attributes:
        card: What a list shows.
        readme: What it is about, in Markdown; empty where nobody has written it.
        revision: Says which text and settings these are: whoever changes them names the one he saw.
    """

    card: ProjectCard
    readme: str
    revision: str
