"""Coming in: by password, by the cookie of a session, by a token."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from starwhale.accounts.attempts import BY_ADDRESS, BY_NAME, Attempts
from starwhale.accounts.passwords import hash_password, is_outdated, verify_password
from starwhale.accounts.repository import UserRepository
from starwhale.accounts.schemas import SessionRead, UserRead
from starwhale.accounts.secrets import digest_of, is_token, mint_secret
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.accounts import SessionRow, TokenRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Forbidden, Unauthorized
from starwhale.core.names import quoted
from starwhale.core.permissions import Permission, parse_scopes
from starwhale.kit.networks import network_of
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starwhale.catalog.engine import Catalog, Session

#: How long a session lasts without being used, and at most.
IDLE = timedelta(days=7)
LONGEST = timedelta(days=30)
# Seconds by which the times of last use may be behind: not every request writes.
_SEEN_EVERY = timedelta(minutes=1)
_SHOWN_ID = 16
_AGENT = 200


@dataclass(frozen=True, slots=True)
class DoorService:
    """The doors of one instance."""

    catalog: Catalog

    def login(self, name: str, password: str, *, address: str, agent: str = "", request: str = "") -> str:
        """Begin a session with a password; the secret for its cookie.

        Args:
            name: Login name.
            password: What was typed.
            address: Where it was typed.
            agent: What the browser calls itself.
            request: Id of the request.

        Raises:
            Unauthorized: name or password is wrong, or the account is disabled; it is not said which.
            TooMany: there were too many attempts of late.
        """
        attempts, key = Attempts(self.catalog), f"login:{name.lower()[:80]}"
        attempts.count(f"address:{network_of(address)}", BY_ADDRESS)
        attempts.count(key, BY_NAME)
        with self.catalog.read() as session:
            found = UserRepository(session).by_name(name)
        stored = found[1] if found is not None else None
        right = verify_password(stored, password)
        if found is None or stored is None or not right or found[0].disabled_at is not None:
            outsider = Actor(name="", address=address, request=request)
            with self.catalog.begin() as session:
                emit(session, outsider, "login.failed", {"name": quoted(name[:80])})
            raise Unauthorized("name or password is wrong")
        attempts.forgive(key)
        if is_outdated(stored):
            with self.catalog.begin() as session:
                UserRepository(session).change(found[0].id, password=hash_password(password))
        return self.begin_session(found[0], address=address, agent=agent, request=request)

    def begin_session(self, user: UserRead, *, address: str, agent: str = "", request: str = "") -> str:
        """Begin a session of somebody who has shown who he is; the secret for its cookie."""
        secret, now = mint_secret(), utc_now()
        actor = Actor(name=user.name, user=user.id, address=address, request=request)
        with self.catalog.begin() as session:
            session.execute(delete(SessionRow).where(SessionRow.expires_at < now))
            session.execute(
                insert(SessionRow).values(
                    digest=digest_of(secret),
                    user_id=user.id,
                    address=address,
                    agent=agent[:_AGENT],
                    created_at=now,
                    seen_at=now,
                    expires_at=now + IDLE,
                )
            )
            emit(session, actor, "login.succeeded", {"name": user.name})
        return secret

    def by_session(self, secret: str) -> Actor:
        """Whoever holds the cookie of a session.

        Raises:
            Unauthorized: there is no such session, it has ended, or the account is disabled.
        """
        now, digest = utc_now(), digest_of(secret)
        with self.catalog.read() as session:
            row = session.execute(select(SessionRow).where(SessionRow.digest == digest)).scalar_one_or_none()
            if row is None or row.expires_at <= now:
                raise Unauthorized("the session has ended", hint="log in again")
            actor = actor_of(session, row.user_id)
        if now - row.seen_at > _SEEN_EVERY:
            expires = min(now + IDLE, row.created_at + LONGEST)
            with self.catalog.begin() as session:
                there = SessionRow.digest == digest
                session.execute(update(SessionRow).where(there).values(seen_at=now, expires_at=expires))
        return actor

    def by_token(self, token: str) -> Actor:
        """Whoever shows a token, with what it is limited to.

        Raises:
            Unauthorized: it is none, has expired, or its owner is disabled.
        """
        if not is_token(token):
            raise Unauthorized("this is not a token", hint="make one with `swcli instance login`")
        now = utc_now()
        with self.catalog.read() as session:
            row = session.execute(
                select(TokenRow).where(TokenRow.digest == digest_of(token))
            ).scalar_one_or_none()
            if row is None or (row.expires_at is not None and row.expires_at <= now):
                raise Unauthorized("the token is unknown or has expired", hint="log in again")
            actor = actor_of(session, row.user_id)
        if row.used_at is None or now - row.used_at > _SEEN_EVERY:
            with self.catalog.begin() as session:
                session.execute(update(TokenRow).where(TokenRow.id == row.id).values(used_at=now))
        return replace(
            actor,
            scopes=_scopes(row.scopes),
            project=row.project_id,
            job=row.job_id or "",
            until=row.expires_at,
        )

    def sessions(self, actor: Actor, current: str = "") -> list[SessionRead]:
        """The sessions of the caller, the one used last first.

        Args:
            actor: Who asks.
            current: Secret of the session that asks.

        Raises:
            Forbidden: he came with a token that is limited.
        """
        check_whole(actor)
        mine = (SessionRow.user_id == actor.user, SessionRow.expires_at > utc_now())
        query = select(SessionRow).where(*mine).order_by(SessionRow.seen_at.desc())
        asking = digest_of(current) if current else ""
        with self.catalog.read() as session:
            return [
                SessionRead(
                    id=row.digest[:_SHOWN_ID],
                    address=row.address,
                    agent=row.agent,
                    created_at=row.created_at,
                    seen_at=row.seen_at,
                    current=row.digest == asking,
                )
                for row in session.scalars(query)
            ]

    def logout(self, secret: str, *, address: str, request: str = "") -> None:
        """End a session; one that is not there does no harm.

        Args:
            secret: Of its cookie.
            address: Where that came from.
            request: Id of the request.
        """
        digest = digest_of(secret)
        with self.catalog.begin() as session:
            gone = delete(SessionRow).where(SessionRow.digest == digest).returning(SessionRow.user_id)
            number = session.scalar(gone)
            found = None if number is None else UserRepository(session).by_id(number)
            if found is not None:
                actor = Actor(name=found[0].name, user=number, address=address, request=request)
                emit(session, actor, "session.ended", {"session": digest[:_SHOWN_ID]})

    def end_session(self, actor: Actor, shown: str) -> None:
        """End one of the caller's sessions, named as `sessions` does; one that is not there does no harm.

        Raises:
            Forbidden: he came with a token that is limited.
        """
        check_whole(actor)
        if len(shown) != _SHOWN_ID or not shown.isalnum():
            return
        mine = (SessionRow.user_id == actor.user, SessionRow.digest.startswith(shown, autoescape=True))
        with self.catalog.begin() as session:
            session.execute(delete(SessionRow).where(*mine))
            emit(session, actor, "session.ended", {"session": shown})


def check_whole(actor: Actor) -> None:
    """Refuse whoever came with a limited token: it is for work in projects, not for the account itself.

    Raises:
        Unauthorized: nobody is logged in.
        Forbidden: his token is limited.
    """
    if actor.user is None:
        raise Unauthorized("nobody is logged in", hint="log in")
    if actor.limited:
        raise Forbidden("a limited token may not do this to its account", hint="log in with a password")


def end_sessions(session: Session, user: int, *, but: str = "") -> None:
    """End the sessions of a user within a transaction.

    Args:
        session: The transaction.
        user: Number of the account.
        but: Secret of a session that goes on.
    """
    which = [SessionRow.user_id == user]
    if but:
        which.append(SessionRow.digest != digest_of(but))
    session.execute(delete(SessionRow).where(*which))


def actor_of(session: Session, number: int, *, address: str = "", request: str = "") -> Actor:
    """An account as a caller, with the rights of this moment.

    Raises:
        Unauthorized: it is disabled.
    """
    users = UserRepository(session)
    found = users.by_id(number)
    if found is None or found[0].disabled_at is not None:
        raise Unauthorized("the account is disabled", hint="ask an administrator")
    user = found[0]
    roles = users.roles(user.id)
    return Actor(
        name=user.name, admin=user.admin, user=user.id, roles=roles, address=address, request=request
    )


def _scopes(stored: Sequence[str] | None) -> frozenset[Permission] | None:
    return None if stored is None else parse_scopes(stored)
