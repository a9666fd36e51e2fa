"""The trash of projects: gone for ever, with what lies outside of the catalog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starwhale.core.actor import Actor
    from starwhale.projects.service import ProjectService


@dataclass(frozen=True, slots=True)
class ProjectTrash:
    """Removed projects of one instance.

    Args:
        projects: Their rules.
        clear: Given the id of each job that went with its project: its logs are files.
    """

    projects: ProjectService
    clear: Callable[[str], None]

    def purge(self, actor: Actor, name: str) -> None:
        """Delete a removed project for ever; see `ProjectService.purge`."""
        for job in self.projects.purge(actor, name):
            self.clear(job)
