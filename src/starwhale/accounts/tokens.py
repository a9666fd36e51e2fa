"""Rules of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from starwhale.accounts.doors import check_whole
from starwhale.accounts.schemas import TokenRead
from starwhale.accounts.secrets import SHOWN, digest_of, mint_token
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.accounts import TokenRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import Conflict, Forbidden, NotFound, UsageError
from starwhale.core.permissions import READ_PROJECT, parse_scopes
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog
    from starwhale.core.actor import Actor

MOST = 100
LONGEST = timedelta(days=366)
_LONGEST_NAME = 80
_FULL = (
    "revoke some on the page /account/tokens of the console; "
    "a program that logs in again and again keeps one: `swcli instance login --token`"
)


@dataclass(frozen=True, slots=True)
class TokenService:
    """Tokens of the users of one instance."""

    catalog: Catalog

    def create(
        self,
        actor: Actor,
        name: str,
        *,
        scopes: Sequence[str] | None = None,
        project: str = "",
        expires_at: datetime | None = None,
    ) -> tuple[TokenRead, str]:
        """Make a token for the caller himself.

        Its rights are those of its owner at the time of use, cut down to `scopes` and `project`.

        Args:
            actor: Who will show it.
            name: What he calls it.
            scopes: Permissions such as ``dataset:read`` or ``*:read``; None for all of his.
            project: The only project that it is for; empty for all.
            expires_at: When it is to count no more, a year ahead at most; None for never.

        Returns:
            The token as lists show it, and the token itself, which is kept nowhere.

        Raises:
            Unauthorized: nobody is logged in.
            Forbidden: he came with a token that is limited itself, or would expire earlier.
            UsageError: the name, a scope or the time is not allowed.
            NotFound: there is no such project.
            Conflict: he has as many as one may have.
        """
        check_whole(actor)
        now = utc_now()
        if not 0 < len(name) <= _LONGEST_NAME:
            raise UsageError(f"a token is called by 1 to {_LONGEST_NAME} characters")
        if expires_at is not None and not now < expires_at <= now + LONGEST:
            raise UsageError("a token expires in the future, within a year")
        if actor.until is not None and (expires_at is None or expires_at > actor.until):
            raise Forbidden("a token cannot make one that outlives it", hint="log in with a password")
        if scopes is not None:
            parse_scopes(scopes)
        token = mint_token()
        with self.catalog.begin() as session:
            mine = (TokenRow.user_id == actor.user, TokenRow.job_id.is_(None))
            # They count no more anyway, so nobody is told; that they would end was said when they were made.
            session.execute(delete(TokenRow).where(*mine, TokenRow.expires_at <= now))
            if (session.scalar(select(func.count()).select_from(TokenRow).where(*mine)) or 0) >= MOST:
                raise Conflict(f"{actor.name!r} has {MOST} tokens, and nobody may have more", hint=_FULL)
            number = (
                ProjectService(self.catalog).id_in(session, actor, project, READ_PROJECT) if project else None
            )
            made = insert(TokenRow).values(
                user_id=actor.user,
                name=name,
                digest=digest_of(token),
                shown=token[:SHOWN],
                scopes=None if scopes is None else sorted(set(scopes)),
                project_id=number,
                created_at=now,
                expires_at=expires_at,
            )
            row = session.scalars(made.returning(TokenRow)).one()
            told = {"token": row.id, "name": name}
            if expires_at is not None:
                told["expires_at"] = expires_at.isoformat()
            emit(session, actor, "token.created", told, project=number)
            return _read(row, project), token

    def list(self, actor: Actor) -> list[TokenRead]:
        """The caller's tokens, the newest first; those of his jobs are left out.

        Raises:
            Forbidden: he came with a token that is limited.
        """
        check_whole(actor)
        query = (
            select(TokenRow, ProjectRow.name)
            .outerjoin(ProjectRow, ProjectRow.id == TokenRow.project_id)
            .where(TokenRow.user_id == actor.user, TokenRow.job_id.is_(None))
            .order_by(TokenRow.id.desc())
        )
        with self.catalog.read() as session:
            return [_read(row, project or "") for row, project in session.execute(query)]

    def revoke(self, actor: Actor, number: int) -> None:
        """Have a token of the caller count no more, at once.

        Raises:
            NotFound: he has no such token.
            Forbidden: he came with a token that is limited.
        """
        check_whole(actor)
        with self.catalog.begin() as session:
            mine = (TokenRow.id == number, TokenRow.user_id == actor.user)
            if session.connection().execute(delete(TokenRow).where(*mine)).rowcount == 0:
                raise NotFound(f"no token {number}")
            emit(session, actor, "token.revoked", {"token": number})

    def give_back(self, actor: Actor, token: str) -> None:
        """Have the very token that is shown count no more; one that is not there does no harm."""
        with self.catalog.begin() as session:
            gone = delete(TokenRow).where(TokenRow.digest == digest_of(token)).returning(TokenRow.id)
            number = session.scalar(gone)
            if number is not None:
                emit(session, actor, "token.revoked", {"token": number})


def _read(row: TokenRow, project: str) -> TokenRead:
    return TokenRead(
        id=row.id,
        name=row.name,
        shown=row.shown,
        scopes=None if row.scopes is None else tuple(row.scopes),
        project=project,
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )
