"""Rules of projects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starwhale.catalog.outbox import emit
from starwhale.core.errors import Conflict, Forbidden, NotFound, UsageError
from starwhale.core.names import check_name
from starwhale.core.page import Page, PageRequest
from starwhale.core.permissions import MANAGE_PROJECT, READ_PROJECT, WRITE_PROJECT, Permission
from starwhale.core.uri import DEFAULT_PROJECT
from starwhale.kit.suggest import nearest
from starwhale.projects.repository import ProjectRepository

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.actor import Actor
    from starwhale.projects.schemas import ProjectRead


@dataclass(frozen=True, slots=True)
class ProjectService:
    """Projects of one catalog."""

    catalog: Catalog

    def create(self, actor: Actor, name: str, *, description: str = "") -> ProjectRead:
        """Make a project.

        Whoever makes it is its first owner.

        Raises:
            InvalidName: `name` is not allowed.
            Conflict: it exists.
            Forbidden: the caller has no account, or may not do this with the token he came with.
        """
        check_name(name, "project")
        if not actor.may(WRITE_PROJECT):
            raise Forbidden(f"{_who(actor)} may not make projects", hint="log in")
        with self.catalog.begin() as session:
            projects = ProjectRepository(session)
            number = projects.add(name, description, actor.name)
            if actor.user is not None:
                projects.add_owner(number, actor.user, actor.name)
            emit(session, actor, "project.created", {"project": name}, project=number)
            return projects.get(number)

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
        """One page of the projects that one may look into, by name; of removed ones, those he owns."""
        with self.catalog.read() as session:
            return ProjectRepository(session).page(
                actor, page or PageRequest(), include_removed=include_removed
            )

    def get(self, actor: Actor, name: str) -> ProjectRead:
        """Read a project.

        Raises:
            NotFound: there is none of that name, or it was removed.
        """
        with self.catalog.read() as session:
            return ProjectRepository(session).get(self.id_in(session, actor, name, READ_PROJECT))

    def check(self, actor: Actor, name: str, permission: Permission) -> int:
        """Number of a project, for whoever may do there what he wants to do; see `id_in`."""
        with self.catalog.read() as session:
            return self.id_in(session, actor, name, permission)

    def remove(self, actor: Actor, name: str) -> None:
        """Put a project, with all that is in it, into the trash.

        Raises:
            NotFound: there is none of that name.
            UsageError: it is the default project.
        """
        if name == DEFAULT_PROJECT:
            raise UsageError(f"the default project {name!r} cannot be removed")
        with self.catalog.begin() as session:
            number = self.id_in(session, actor, name, MANAGE_PROJECT)
            ProjectRepository(session).mark(number, removed=True)
            emit(session, actor, "project.removed", {"project": name}, project=number)

    def recover(self, actor: Actor, name: str) -> ProjectRead:
        """Take the project that was removed last under `name` out of the trash.

        Raises:
            NotFound: the trash holds none of that name.
            Forbidden: it was not removed, and he does not own it.
            Conflict: it was not removed, or the name is in use by another project.
        """
        with self.catalog.begin() as session:
            projects = ProjectRepository(session)
            number = self._removed(projects, actor, name)
            present = projects.find(name)
            if present is not None:
                raise _in_use(name, own=actor.may(MANAGE_PROJECT, present[0]))
            projects.mark(number, removed=False)
            emit(session, actor, "project.recovered", {"project": name}, project=number)
            return projects.get(number)

    def purge(self, actor: Actor, name: str) -> Sequence[str]:
        """Delete the project that was removed last under `name` for ever, with all that is in it.

        Its bytes go with the next collection, as far as nothing else needs them.

        Returns:
            Ids of its jobs, whose logs lie outside of the catalog.

        Raises:
            NotFound: the trash holds none of that name.
            Forbidden: it was not removed, and he does not own it.
            Conflict: it was not removed.
        """
        with self.catalog.begin() as session:
            projects = ProjectRepository(session)
            number = self._removed(projects, actor, name)
            jobs = projects.purge(number)
            emit(session, actor, "project.purged", {"project": name}, project=number)
        return jobs

    def expired(self, before: datetime) -> Sequence[int]:
        """Numbers of the projects that went into the trash before a moment."""
        with self.catalog.read() as session:
            return ProjectRepository(session).removed_before(before)

    def purge_expired(
        self, session: Session, some: Sequence[int], before: datetime
    ) -> Sequence[tuple[int, Sequence[str]]]:
        """Delete for ever which of some projects went into the trash before a moment.

        Returns:
            Number of each that went, and ids of its jobs, whose logs lie outside of the catalog.
        """
        projects = ProjectRepository(session)
        return [(number, projects.purge(number)) for number in projects.removed_before(before, some)]

    def _removed(self, projects: ProjectRepository, actor: Actor, name: str) -> int:
        """Number of the project that was removed last under `name`, for whoever owns it."""
        number = projects.removed_id_of(actor, name)
        if number is not None:
            return number
        present = projects.find(name)
        if present is None or not actor.may(READ_PROJECT, present[0], public=present[1]):
            raise NotFound(f"no removed project {name!r}", hint="list them with `swcli project list`")
        if not actor.may(MANAGE_PROJECT, present[0]):
            raise _forbidden(actor, MANAGE_PROJECT, name)
        raise Conflict(f"project {name!r} was not removed", hint=f"`swcli project remove {name}` does")

    def id_in(self, session: Session, actor: Actor, name: str, permission: Permission) -> int:
        """Number of the project in use under `name`, for whoever may do there what he wants to do.

        Every service asks here before it reads or writes rows of a project.

        Args:
            session: The transaction in which those rows are read or written.
            actor: Who calls.
            name: Name of the project.
            permission: What he wants to do.

        Raises:
            NotFound: there is none that he may know of; the hint names the nearest.
            Forbidden: he may look into it, but not do this.
        """
        projects = ProjectRepository(session)
        found = projects.find(name)
        if found is None or not actor.may(READ_PROJECT, found[0], public=found[1]):
            raise self._unknown(projects, actor, name)
        number, public = found
        if not actor.may(permission, number, public=public):
            raise _forbidden(actor, permission, name)
        return number

    def _unknown(self, projects: ProjectRepository, actor: Actor, name: str) -> NotFound:
        if projects.removed_id_of(actor, name) is not None:
            hint = f"it was removed; `swcli project recover {name}` brings it back"
        else:
            near = nearest(name, projects.names(actor))
            hint = f"did you mean {near!r}?" if near else f"create it with `swcli project create {name}`"
        return NotFound(f"no project {name!r}", hint=hint)


def _who(actor: Actor) -> str:
    return repr(actor.name) if actor.name else "whoever is not logged in"


def _forbidden(actor: Actor, permission: Permission, name: str) -> Forbidden:
    return Forbidden(
        f"{_who(actor)} may not do {permission} in project {name!r}", hint="ask an owner of the project"
    )


def _in_use(name: str, *, own: bool) -> Conflict:
    hint = f"remove that one first: `swcli project remove {name}`"
    if not own:
        hint = (
            "it is not yours: whoever owns it, or an administrator, has to remove it before yours comes back"
        )
    return Conflict(f"another project is called {name!r} now", hint=hint)
