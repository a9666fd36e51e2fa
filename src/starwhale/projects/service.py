"""Rules of projects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starwhale.catalog.outbox import emit
from starwhale.core.errors import Conflict, NotFound, UsageError
from starwhale.core.names import check_name
from starwhale.core.page import Page, PageRequest
from starwhale.core.uri import DEFAULT_PROJECT
from starwhale.kit.suggest import nearest
from starwhale.projects.repository import ProjectRepository

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.actor import Actor
    from starwhale.projects.schemas import ProjectRead


@dataclass(frozen=True, slots=True)
class ProjectService:
    """Projects of one catalog."""

    catalog: Catalog

    def create(self, actor: Actor, name: str, *, description: str = "") -> ProjectRead:
        """Make a project.

        Raises:
            InvalidName: `name` is not allowed.
            Conflict: it exists.
        """
        check_name(name, "project")
        with self.catalog.begin() as session:
            projects = ProjectRepository(session)
            made = projects.add(name, description, actor.name)
            emit(session, actor, "project.created", {"project": name})
        return made

    def ensure_default(self, actor: Actor) -> None:
        """Make the project ``self`` where it is missing; whoever opens an instance calls this once."""
        with self.catalog.read() as session:
            if ProjectRepository(session).id_of(DEFAULT_PROJECT) is not None:
                return
        try:
            self.create(actor, DEFAULT_PROJECT, description="default project")
        except Conflict:
            return  # another process was quicker, which serves as well

    def list(
        self, actor: Actor, page: PageRequest | None = None, *, include_removed: bool = False
    ) -> Page[ProjectRead]:
        """One page of the projects, by name."""
        with self.catalog.read() as session:
            return ProjectRepository(session).page(page or PageRequest(), include_removed=include_removed)

    def get(self, actor: Actor, name: str) -> ProjectRead:
        """Read a project.

        Raises:
            NotFound: there is none of that name, or it was removed.
        """
        with self.catalog.read() as session:
            return ProjectRepository(session).get(self.id_in(session, name))

    def remove(self, actor: Actor, name: str) -> None:
        """Put a project, with all that is in it, into the trash.

        Raises:
            NotFound: there is none of that name.
            UsageError: it is the default project.
        """
        if name == DEFAULT_PROJECT:
            raise UsageError(f"the default project {name!r} cannot be removed")
        with self.catalog.begin() as session:
            ProjectRepository(session).mark(self.id_in(session, name), removed=True)
            emit(session, actor, "project.removed", {"project": name})

    def recover(self, actor: Actor, name: str) -> ProjectRead:
        """Take the project that was removed last under `name` out of the trash.

        Raises:
            NotFound: the trash holds none of that name.
            Conflict: the name is in use by another project.
        """
        with self.catalog.begin() as session:
            projects = ProjectRepository(session)
            number = projects.removed_id_of(name)
            if projects.id_of(name) is not None:
                raise _in_use(name) if number is not None else Conflict(f"project {name!r} was not removed")
            if number is None:
                raise NotFound(f"no removed project {name!r}", hint="list them with `swcli project list`")
            projects.mark(number, removed=False)
            emit(session, actor, "project.recovered", {"project": name})
            return projects.get(number)

    def id_in(self, session: Session, name: str) -> int:
        """Number of the project in use under `name`, for rows of other nouns that belong to it.

        Args:
            session: The transaction in which those rows are read or written.
            name: Name of the project.

        Raises:
            NotFound: there is none; the hint names the nearest.
        """
        projects = ProjectRepository(session)
        number = projects.id_of(name)
        if number is not None:
            return number
        if projects.removed_id_of(name) is not None:
            hint = f"it was removed; `swcli project recover {name}` brings it back"
        else:
            near = nearest(name, projects.names())
            hint = f"did you mean {near!r}?" if near else f"create it with `swcli project create {name}`"
        raise NotFound(f"no project {name!r}", hint=hint)


def _in_use(name: str) -> Conflict:
    return Conflict(
        f"another project is called {name!r} now",
        hint=f"remove that one first: `swcli project remove {name}`",
    )
