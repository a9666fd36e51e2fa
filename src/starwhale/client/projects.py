"""Projects of a server: the twin of `projects.service.ProjectService`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starwhale.client.pages import page_of, segment
from starwhale.core.names import check_name
from starwhale.core.page import Page, PageRequest
from starwhale.projects.schemas import ProjectRead

if TYPE_CHECKING:
    from starwhale.client.http import Http
    from starwhale.core.actor import Actor


@dataclass(frozen=True, slots=True)
class RemoteProjects:
    """Projects of one server, as far as whoever is logged in there may see them.

    The methods take an actor as their twins do; who calls is what the token says.

    Args:
        http: The connection.
    """

    http: Http

    def create(self, actor: Actor, name: str, *, description: str = "") -> ProjectRead:
        """Make a project.

        Raises:
            InvalidName: `name` is not allowed.
            Conflict: it exists.
            Forbidden: the token does not allow it.
        """
        check_name(name, "project")
        body = {"name": name, "description": description}
        return self.http.post("/projects", body, once=uuid4().hex, form=_project)

    def list(
        self,
        actor: Actor,
        page: PageRequest | None = None,
        *,
        include_removed: bool = False,
    ) -> Page[ProjectRead]:
        """One page of the projects, by name."""
        return page_of(
            self.http, "/projects", page or PageRequest(), _project, removed=include_removed or None
        )

    def get(self, actor: Actor, name: str) -> ProjectRead:
        """Read a project.

        Raises:
            NotFound: there is none of that name that one may know of.
        """
        return self.http.get(f"/projects/{segment(name)}", form=_project)

    def remove(self, actor: Actor, name: str) -> None:
        """Put a project, with all that is in it, into the trash.

        Raises:
            NotFound: there is none of that name.
            UsageError: it is the default project.
            Forbidden: one does not own it.
        """
        self.http.delete(f"/projects/{segment(name)}")

    def purge(self, actor: Actor, name: str) -> None:
        """Delete the project that was removed last under `name` for ever, with all that is in it.

        Raises:
            NotFound: the trash holds none of that name.
            Conflict: it was not removed.
            Forbidden: one does not own it.
        """
        self.http.post(f"/projects/{segment(name)}/purge")

    def recover(self, actor: Actor, name: str) -> ProjectRead:
        """Take the project that was removed last under `name` out of the trash.

        Raises:
            NotFound: the trash holds none of that name.
            Conflict: the name is in use by another project.
        """
        return self.http.post(f"/projects/{segment(name)}/recover", form=_project)


def _project(plain: dict[str, Any]) -> ProjectRead:
    removed = plain.get("removed_at")
    return ProjectRead(
        name=plain["name"],
        description=plain["description"],
        created_at=datetime.fromisoformat(plain["created_at"]),
        created_by=plain["created_by"],
        removed_at=datetime.fromisoformat(removed) if removed else None,
        public=plain["public"],
    )
