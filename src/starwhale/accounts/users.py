"""Rules of accounts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starwhale.accounts.attempts import BY_NAME, Attempts
from starwhale.accounts.doors import check_whole, end_sessions
from starwhale.accounts.passwords import check_password, hash_password, random_password, verify_password
from starwhale.accounts.repository import UserRepository
from starwhale.catalog.outbox import emit
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, Forbidden, InvalidName, NotFound, Unauthorized, UsageError
from starwhale.core.names import check_name
from starwhale.core.page import Page, PageRequest
from starwhale.core.permissions import Action, Permission, Resource
from starwhale.core.revisions import check_revision
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.accounts.schemas import UserRead
    from starwhale.catalog.engine import Catalog, Session

ADMINISTRATOR = "admin"
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,255}")


@dataclass(frozen=True, slots=True)
class UserService:
    """Accounts of one instance."""

    catalog: Catalog

    def ensure_administrator(self) -> str | None:
        """Make the first account where there is none; its random password, which is kept nowhere.

        Returns:
            None where there are accounts.
        """
        with self.catalog.read() as session:
            if UserRepository(session).count():
                return None
        password = random_password()
        stored = hash_password(password)
        try:
            with self.catalog.begin() as session:
                users = UserRepository(session)
                if users.count():
                    return None
                users.add(ADMINISTRATOR, email="", password=stored, admin=True, by="")
                emit(session, Actor(name=""), "user.created", {"user": ADMINISTRATOR, "admin": True})
        except Conflict:  # another server was quicker
            return None
        return password

    def create(
        self, actor: Actor, name: str, *, password: str | None, email: str = "", admin: bool = False
    ) -> UserRead:
        """Make an account.

        Args:
            actor: An administrator.
            name: Login name; it is kept in lower case.
            password: None for somebody who comes in by another door.
            email: Where he is reached.
            admin: Whether he administers the instance.

        Raises:
            Forbidden: the caller is no administrator.
            InvalidName: the name or the address cannot be one.
            UsageError: the password is not good enough.
            Conflict: the name is taken.
        """
        check_administrator(actor, Action.MANAGE)
        return self.add(actor, name, password=password, email=email, admin=admin)

    def add(
        self, actor: Actor, name: str, *, password: str | None, email: str = "", admin: bool = False
    ) -> UserRead:
        """Make an account for somebody who was let in already, as by an invitation; see `create`."""
        name = check_name(name, "user").lower()
        check_email(email)
        stored = None if password is None else hash_password(check_password(password, name))
        with self.catalog.begin() as session:
            made = UserRepository(session).add(name, email=email, password=stored, admin=admin, by=actor.name)
            emit(session, actor, "user.created", {"user": name, "admin": admin})
        return made

    def me(self, actor: Actor) -> UserRead:
        """The caller's own account.

        Raises:
            Unauthorized: he has none.
        """
        if actor.user is None:
            raise Unauthorized("nobody is logged in", hint="log in")
        with self.catalog.read() as session:
            found = UserRepository(session).by_id(actor.user)
        if found is None:
            raise Unauthorized("the account is gone", hint="log in again")
        return found[0]

    def get(self, actor: Actor, name: str) -> UserRead:
        """One account.

        Raises:
            Forbidden: the caller is no administrator.
            NotFound: there is none of this name.
        """
        check_administrator(actor, Action.READ)
        with self.catalog.read() as session:
            return known_user(session, name)

    def list(self, actor: Actor, page: PageRequest | None = None, search: str = "") -> Page[UserRead]:
        """One page of the accounts, by name.

        Raises:
            Forbidden: the caller is no administrator.
        """
        check_administrator(actor, Action.READ)
        with self.catalog.read() as session:
            return UserRepository(session).page(page or PageRequest(), search)

    def change_password(self, actor: Actor, old: str, new: str, *, session_secret: str = "") -> None:
        """Change the caller's own password; all his other sessions end.

        Args:
            actor: Who changes his password.
            old: The present one, typed again.
            new: The new one.
            session_secret: Secret of the session that goes on.

        Raises:
            Forbidden: he came with a token that is limited.
            UsageError: the old one is wrong, or the new one not good enough.
            TooMany: the old one was wrong too often of late.
        """
        check_whole(actor)
        me = self.me(actor)
        Attempts(self.catalog).count(f"login:{me.name}", BY_NAME)
        with self.catalog.read() as session:
            found = UserRepository(session).by_id(me.id)
        if found is None or not verify_password(found[1], old):
            raise UsageError("the present password is wrong")
        stored = hash_password(check_password(new, me.name))
        with self.catalog.begin() as session:
            UserRepository(session).change(me.id, password=stored)
            end_sessions(session, me.id, but=session_secret)
            emit(session, actor, "user.password_changed", {"user": me.name})

    def reset_password(self, actor: Actor, name: str) -> str:
        """Give somebody a random password, which is kept nowhere; all his sessions end.

        Raises:
            Forbidden: the caller is no administrator.
            NotFound: there is no such account.
        """
        check_administrator(actor, Action.MANAGE)
        password = random_password()
        stored = hash_password(password)
        with self.catalog.begin() as session:
            user = known_user(session, name)
            UserRepository(session).change(user.id, password=stored)
            end_sessions(session, user.id)
            emit(session, actor, "user.password_reset", {"user": user.name})
        return password

    def change(
        self,
        actor: Actor,
        name: str,
        *,
        email: str | None = None,
        admin: bool | None = None,
        disabled: bool | None = None,
        expected: str | None = None,
    ) -> UserRead:
        """Change an account; what is None stays.

        Whoever is disabled, or administers no more, loses it at once: his rights are looked up at each
        request.

        Args:
            actor: Who changes it.
            name: Which.
            email: Where he is reached.
            admin: Whether he administers the instance.
            disabled: Whether he may not come in.
            expected: The `revision` that the caller has seen; None to change whatever is there.

        Raises:
            Outdated: somebody else has changed it since.
            Forbidden: the caller is no administrator.
            NotFound: there is no such account.
            InvalidName: the address cannot be one.
            Conflict: nobody would be left to administer the instance.
        """
        check_administrator(actor, Action.MANAGE)
        with self.catalog.begin() as session:
            users = UserRepository(session)
            users.lock_admins()
            user = known_user(session, name)
            check_revision(expected, user.revision, f"user {user.name!r}")
            values: dict[str, object] = {}
            if email is not None:
                values["email"] = check_email(email)
            if admin is not None:
                values["admin"] = admin
            if disabled is not None:
                values["disabled_at"] = utc_now() if disabled else None
            if values:
                users.change(user.id, **values)
            if disabled:
                end_sessions(session, user.id)
            if users.admins() == 0:
                raise Conflict(
                    "nobody would be left to administer the instance", hint="appoint another one first"
                )
            told = {"user": user.name, "admin": admin, "disabled": disabled}
            emit(session, actor, "user.changed", {k: v for k, v in told.items() if v is not None})
            return known_user(session, name)


def check_administrator(actor: Actor, action: Action) -> None:
    """Refuse whoever may not do something to accounts.

    Raises:
        Forbidden: he may not.
    """
    if not actor.may(Permission(Resource.ACCOUNT, action)):
        raise Forbidden("only administrators of the instance may do this")


def check_email(email: str) -> str:
    """Return an address for mail when it looks like one, or is empty.

    Raises:
        InvalidName: it does not.
    """
    if email and not _EMAIL.fullmatch(email):
        raise InvalidName(f"{email[:80]!r} is not an address for mail")
    return email


def known_user(session: Session, name: str) -> UserRead:
    """An account that must be there.

    Raises:
        NotFound: it is not.
        UsageError: no name is given.
    """
    if not name:
        raise UsageError("no user is named")
    found = UserRepository(session).by_name(name)
    if found is None:
        raise NotFound(f"no user {name[:80]!r}")
    return found[0]
