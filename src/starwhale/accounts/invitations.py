"""Rules of invitations: a link by which somebody makes himself an account, or becomes a member."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from starwhale.accounts.attempts import Attempts, Bucket
from starwhale.accounts.doors import check_whole
from starwhale.accounts.members import put_member
from starwhale.accounts.passwords import check_password, hash_password
from starwhale.accounts.repository import UserRepository
from starwhale.accounts.schemas import InvitationRead, UserRead
from starwhale.accounts.secrets import digest_of, mint_secret
from starwhale.accounts.users import check_administrator, check_email
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.accounts import InvitationRow, MemberRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, NotFound
from starwhale.core.names import check_name
from starwhale.core.permissions import Action, Permission, Resource, Role, is_role
from starwhale.kit.networks import network_of
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog, Session

LASTS = timedelta(days=7)
BY_ADDRESS = Bucket(room=30, seconds=10)
_MANAGE = Permission(Resource.MEMBER, Action.MANAGE)
_INVITE = Permission(Resource.ACCOUNT, Action.MANAGE)


@dataclass(frozen=True, slots=True)
class InvitationService:
    """Invitations to one instance and its projects.

    An invitation to a project needs the right to manage its members, when it is made and when it is used: one
    whose maker owns the project no more leads nowhere. One to the instance needs an administrator, likewise.
    """

    catalog: Catalog

    def create(
        self, actor: Actor, *, project: str = "", role: Role | None = None, email: str = ""
    ) -> tuple[InvitationRead, str]:
        """Invite somebody.

        Args:
            actor: Who invites.
            project: Where to; empty for an account alone.
            role: What he is to be there; GUEST where nothing is said.
            email: Whom it is for, for people to read.

        Returns:
            The invitation, and the secret of its link, which is kept nowhere.

        Raises:
            NotFound: there is no such project.
            Forbidden: the caller may not invite.
            InvalidName: the address cannot be one.
        """
        secret, now = mint_secret(), utc_now()
        with self.catalog.begin() as session:
            number = self._permitted(session, actor, project)
            given = (role or Role.GUEST) if number is not None else None
            made = insert(InvitationRow).values(
                digest=digest_of(secret),
                email=check_email(email),
                project_id=number,
                role=given,
                created_at=now,
                created_by=actor.name,
                expires_at=now + LASTS,
            )
            row = session.scalars(made.returning(InvitationRow)).one()
            told = {"invitation": row.id, "email": email, "project": project, "role": given}
            emit(session, actor, "invitation.created", told, project=number)
            return _read(row, project), secret

    def list(self, actor: Actor, project: str = "") -> list[InvitationRead]:
        """The invitations to a project, or to the instance alone, the newest first; those of old left out.

        Raises:
            NotFound: there is no such project.
            Forbidden: the caller may not invite.
        """
        with self.catalog.read() as session:
            number = self._permitted(session, actor, project)
            recent = InvitationRow.expires_at > utc_now() - LASTS
            query = select(InvitationRow).where(_to(number), recent).order_by(InvitationRow.id.desc())
            return [_read(row, project) for row in session.scalars(query)]

    def revoke(self, actor: Actor, number: int, project: str = "") -> None:
        """Have an invitation lead nowhere.

        Raises:
            NotFound: there is no such project or invitation.
            Forbidden: the caller may not invite.
        """
        with self.catalog.begin() as session:
            where = self._permitted(session, actor, project)
            there = (InvitationRow.id == number, _to(where))
            if session.connection().execute(delete(InvitationRow).where(*there)).rowcount == 0:
                raise NotFound(f"no invitation {number}")
            emit(session, actor, "invitation.revoked", {"invitation": number}, project=where)

    def look(self, actor: Actor, secret: str) -> InvitationRead:
        """What a link invites to, for whoever has it.

        Raises:
            NotFound: it leads nowhere, was used, or is too old.
            TooMany: links were guessed from this address of late.
        """
        self._count(actor)
        with self.catalog.read() as session:
            row, project = self._open(session, secret)
            return _read(row, project)

    def join(self, actor: Actor, secret: str) -> InvitationRead:
        """Use a link with the account that one has.

        Raises:
            NotFound: it leads nowhere, was used, or is too old.
            Conflict: it invites to an account, which the caller has; or he is a member already.
            Forbidden: he came with a token that is limited.
            TooMany: links were guessed from this address of late.
        """
        check_whole(actor)
        self._count(actor)
        with self.catalog.begin() as session:
            row, project = self._open(session, secret)
            if row.project_id is None:
                raise Conflict(f"{actor.name!r} has an account already", hint="log out to make another one")
            there = (MemberRow.project_id == row.project_id, MemberRow.user_id == actor.user)
            if session.scalar(select(MemberRow.role).where(*there)) is not None:
                raise Conflict(f"{actor.name!r} is a member of {project!r} already")
            assert actor.user is not None
            return self._use(session, actor, row, project, actor.user)

    def sign_up(self, actor: Actor, secret: str, name: str, password: str, email: str = "") -> UserRead:
        """Use a link to make oneself an account.

        Raises:
            NotFound: it leads nowhere, was used, or is too old.
            InvalidName: the name or the address cannot be one.
            UsageError: the password is not good enough.
            Conflict: the name is taken.
            TooMany: links were guessed from this address of late.
        """
        self._count(actor)
        name = check_name(name, "user").lower()
        with self.catalog.read() as session:
            self._open(session, secret)  # before a password is hashed for nothing
        stored = hash_password(check_password(password, name))
        with self.catalog.begin() as session:
            row, project = self._open(session, secret)
            mail = check_email(email) or row.email
            made = UserRepository(session).add(
                name, email=mail, password=stored, admin=False, by=row.created_by
            )
            himself = Actor(name=name, user=made.id, address=actor.address, request=actor.request)
            emit(session, himself, "user.created", {"user": name, "admin": False, "invitation": row.id})
            self._use(session, himself, row, project, made.id)
        return made

    def _use(
        self, session: Session, actor: Actor, row: InvitationRow, project: str, user: int
    ) -> InvitationRead:
        now = utc_now()
        free = (InvitationRow.id == row.id, InvitationRow.used_at.is_(None))
        used = update(InvitationRow).where(*free).values(used_at=now)
        if session.connection().execute(used).rowcount == 0:
            raise _nowhere()
        if row.project_id is not None and row.role is not None:
            put_member(session, row.project_id, user, Role(row.role), row.created_by)
        told = {"invitation": row.id, "user": actor.name, "project": project, "role": row.role}
        emit(session, actor, "invitation.used", told, project=row.project_id)
        return _read(row, project)

    def _permitted(self, session: Session, actor: Actor, project: str) -> int | None:
        """Number of the project for whoever may invite there; None for the whole instance."""
        if project:
            return ProjectService(self.catalog).id_in(session, actor, project, _MANAGE)
        check_administrator(actor, Action.MANAGE)
        return None

    def _open(self, session: Session, secret: str) -> tuple[InvitationRow, str]:
        query = (
            select(InvitationRow, ProjectRow.name, ProjectRow.removed_at)
            .outerjoin(ProjectRow, ProjectRow.id == InvitationRow.project_id)
            .where(InvitationRow.digest == digest_of(secret))
        )
        found = session.execute(query).one_or_none()
        if found is None:
            raise _nowhere()
        row, project, removed_at = found
        if row.used_at is not None or row.expires_at <= utc_now() or removed_at is not None:
            raise _nowhere()
        if not self._may_still(session, row) or (row.role is not None and not is_role(row.role)):
            raise _nowhere()
        return row, project or ""

    def _may_still(self, session: Session, row: InvitationRow) -> bool:
        """Whether whoever has invited could do so now."""
        users = UserRepository(session)
        maker = users.by_name(row.created_by)
        if maker is None or maker[0].disabled_at is not None:
            return False
        user = maker[0]
        actor = Actor(name=user.name, admin=user.admin, user=user.id, roles=users.roles(user.id))
        return actor.may(_INVITE if row.project_id is None else _MANAGE, row.project_id)

    def _count(self, actor: Actor) -> None:
        Attempts(self.catalog).count(f"invitation:{network_of(actor.address)}", BY_ADDRESS)


def _to(project: int | None) -> Any:
    return InvitationRow.project_id.is_(None) if project is None else InvitationRow.project_id == project


def _nowhere() -> NotFound:
    return NotFound("this invitation leads nowhere (any more)", hint="ask for another one")


def _read(row: InvitationRow, project: str) -> InvitationRead:
    return InvitationRead(
        id=row.id,
        email=row.email,
        project=project,
        role=Role(row.role) if row.role is not None and is_role(row.role) else None,
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )
