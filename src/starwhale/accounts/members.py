"""Rules of members: what a user is in a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from starwhale.accounts.schemas import MemberRead
from starwhale.accounts.users import known_user
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.accounts import MemberRow, UserRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import Conflict, Forbidden, NotFound
from starwhale.core.permissions import Action, Permission, Resource, Role, is_role
from starwhale.core.revisions import check_revision, revision_of
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.actor import Actor

_READ = Permission(Resource.MEMBER, Action.READ)
_MANAGE = Permission(Resource.MEMBER, Action.MANAGE)


@dataclass(frozen=True, slots=True)
class MemberService:
    """Members of the projects of one instance."""

    catalog: Catalog

    def list(self, actor: Actor, project: str) -> list[MemberRead]:
        """The members of a project, by name.

        Raises:
            NotFound: there is no such project.
            Forbidden: the caller is no member.
        """
        with self.catalog.read() as session:
            number = ProjectService(self.catalog).id_in(session, actor, project, _READ)
            query = (
                select(UserRow.name, MemberRow.role, MemberRow.created_at, MemberRow.created_by)
                .join(UserRow, UserRow.id == MemberRow.user_id)
                .where(MemberRow.project_id == number)
                .order_by(UserRow.name)
            )
            # A role of a later release gives no right here, and so makes no member.
            return [
                MemberRead(user=name, role=Role(role), created_at=at, created_by=by)
                for name, role, at, by in session.execute(query)
                if is_role(role)
            ]

    def get(self, actor: Actor, project: str, user: str) -> MemberRead:
        """One member of a project.

        Raises:
            NotFound: there is no such project, or no such member.
            Forbidden: the caller is no member.
        """
        found = next((each for each in self.list(actor, project) if each.user.lower() == user.lower()), None)
        if found is None:
            raise _no_member(user, project)
        return found

    def put(
        self, actor: Actor, project: str, user: str, role: Role, *, expected: str | None = None
    ) -> MemberRead:
        """Make somebody a member, or give a member another role.

        Args:
            actor: Who does it.
            project: Of what.
            user: Whom.
            role: What he is from now on.
            expected: The `revision` of the member that the caller has seen; None to change whatever is there.

        Raises:
            NotFound: there is no such project or user.
            Forbidden: the caller does not own the project.
            Conflict: the project would have no owner.
            Outdated: he is something else by now, or no member any more.
        """
        with self.catalog.begin() as session:
            number = ProjectService(self.catalog).id_in(session, actor, project, _MANAGE)
            lock_project(session, number)
            found = known_user(session, user)
            before = select(MemberRow.role).where(
                MemberRow.project_id == number, MemberRow.user_id == found.id
            )
            present = revision_of(session.scalar(before))
            check_revision(expected, present, f"what {found.name!r} is in project {project!r}")
            put_member(session, number, found.id, role, actor.name)
            _check_owner(session, number, project)
            told = {"project": project, "user": found.name, "role": role.value}
            emit(session, actor, "member.changed", told, project=number)
        return self.get(actor, project, found.name)

    def remove(self, actor: Actor, project: str, user: str) -> None:
        """Have somebody be a member no more; he loses his rights at once.

        Raises:
            NotFound: there is no such project, or no such member.
            Forbidden: the caller neither owns the project nor is that member.
            Conflict: the project would have no owner.
        """
        leaves = user.lower() == actor.name.lower()
        with self.catalog.begin() as session:
            wanted = _READ if leaves else _MANAGE
            number = ProjectService(self.catalog).id_in(session, actor, project, wanted)
            if leaves and actor.limited and not actor.may(_MANAGE, number):
                raise Forbidden("a limited token may not leave a project", hint="log in with a password")
            lock_project(session, number)
            found = known_user(session, user)
            there = (MemberRow.project_id == number, MemberRow.user_id == found.id)
            if session.connection().execute(delete(MemberRow).where(*there)).rowcount == 0:
                raise _no_member(user, project)
            _check_owner(session, number, project)
            told = {"project": project, "user": found.name}
            emit(session, actor, "member.removed", told, project=number)


def put_member(session: Session, project: int, user: int, role: Role, by: str) -> None:
    """Make a user a member within a transaction, or give a member another role."""
    there = (MemberRow.project_id == project, MemberRow.user_id == user)
    changed = update(MemberRow).where(*there).values(role=role.value)
    if session.connection().execute(changed).rowcount == 0:
        values = {"project_id": project, "user_id": user, "role": role.value, "created_by": by}
        session.execute(insert(MemberRow).values(**values, created_at=utc_now()))


def lock_project(session: Session, number: int) -> None:
    """Have other transactions wait that change who is a member, so that an owner is always left."""
    session.execute(select(ProjectRow.id).where(ProjectRow.id == number).with_for_update())


def _no_member(user: str, project: str) -> NotFound:
    return NotFound(f"{user!r} is no member of project {project!r}")


def _check_owner(session: Session, project: int, name: str) -> None:
    owners = (MemberRow.project_id == project, MemberRow.role == Role.OWNER.value)
    if not session.scalar(select(func.count()).select_from(MemberRow).where(*owners)):
        raise Conflict(f"project {name!r} would have no owner", hint="appoint another one first")
