"""Rules of logins of programs by way of a browser.

The program makes a secret and shows only its SHA-256; the server answers with a code. Somebody who is logged
in with his browser sees the same code and lets the program in; then whoever has the secret is given a token,
once. The secret never leaves the program, so that whoever sees the code or the address gains nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from starwhale.accounts.attempts import Attempts, Bucket
from starwhale.accounts.doors import actor_of, check_whole
from starwhale.accounts.schemas import PendingLogin
from starwhale.accounts.tokens import TokenService
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.doorways import PendingLoginRow
from starwhale.core.errors import Forbidden, NotFound, Unauthorized, UsageError
from starwhale.kit.networks import network_of
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.actor import Actor

LASTS = timedelta(minutes=10)
BY_ADDRESS = Bucket(room=20, seconds=10)
# No vowels, so that no words come out, and nothing that looks like something else.
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST_NAME = 80


class Progress(StrEnum):
    """How far such a login has come."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"
    ENDED = "ended"


def challenge_of(verifier: str) -> str:
    """What is shown of the secret of a program."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class PendingLoginService:
    """Programs that wait to be let in, of one instance."""

    catalog: Catalog

    def ask(self, actor: Actor, challenge: str, machine: str) -> PendingLogin:
        """Have a program wait; one that asks again, since the answer was lost, waits as it did.

        Args:
            actor: Whoever asks; nobody, commonly.
            challenge: What `challenge_of` made of the program's secret.
            machine: What the program calls itself.

        Raises:
            UsageError: the challenge is none.
            TooMany: too many have asked from this address of late.
        """
        if not _CHALLENGE.fullmatch(challenge):
            raise UsageError("the challenge is not the SHA-256 of anything")
        Attempts(self.catalog).count(f"pending:{network_of(actor.address)}", BY_ADDRESS)
        now = utc_now()
        letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
        row = PendingLoginRow(
            number=secrets.token_hex(16),
            code=f"{letters[:4]}-{letters[4:]}",
            challenge=challenge,
            machine=" ".join(machine.split())[:_LONGEST_NAME],
            address=actor.address,
            created_at=now,
            expires_at=now + LASTS,
            user_id=None,
            refused=False,
        )
        with self.catalog.begin() as session:
            session.execute(delete(PendingLoginRow).where(PendingLoginRow.expires_at < now))
            same = select(PendingLoginRow).where(PendingLoginRow.challenge == challenge)
            there = session.scalars(same.order_by(PendingLoginRow.created_at).limit(1)).one_or_none()
            if there is not None:
                return _read(there)
            names = (
                "number",
                "code",
                "challenge",
                "machine",
                "address",
                "created_at",
                "expires_at",
                "refused",
            )
            session.execute(insert(PendingLoginRow).values({each: getattr(row, each) for each in names}))
            emit(session, actor, "login.asked", {"machine": row.machine})
        return _read(row)

    def look(self, actor: Actor, code: str) -> PendingLogin:
        """What waits under a code.

        Raises:
            NotFound: nothing does (any more).
            Forbidden: the caller came with a token that is limited.
        """
        check_whole(actor)
        with self.catalog.read() as session:
            return _read(self._waiting(session, code))

    def decide(self, actor: Actor, code: str, *, let_in: bool) -> PendingLogin:
        """Let a program in, or refuse it.

        Raises:
            NotFound: nothing waits under this code (any more).
            Forbidden: the caller came with a token that is limited, or would let in what outlives it.
        """
        check_whole(actor)
        if let_in and actor.until is not None:
            raise Forbidden("a token cannot make one that outlives it", hint="log in with a password")
        with self.catalog.begin() as session:
            row = self._waiting(session, code)
            there = PendingLoginRow.number == row.number
            values = {"user_id": actor.user} if let_in else {"refused": True}
            session.execute(update(PendingLoginRow).where(there).values(**values))
            told = {"machine": row.machine, "address": row.address}
            emit(session, actor, "login.allowed" if let_in else "login.refused", told)
        return _read(row)

    def redeem(self, actor: Actor, number: str, verifier: str) -> tuple[Progress, str]:
        """Ask how far a login has come, as the program that waits.

        Args:
            actor: Whoever asks.
            number: What `ask` said.
            verifier: The program's secret.

        Returns:
            How far, and the token where he was let in; the token is given this once.
        """
        with self.catalog.begin() as session:
            there = PendingLoginRow.number == number[:64]
            row = session.execute(select(PendingLoginRow).where(there)).scalar_one_or_none()
            if row is None or not hmac.compare_digest(challenge_of(verifier), row.challenge):
                return Progress.ENDED, ""
            if row.expires_at > utc_now() and row.user_id is None and not row.refused:
                return Progress.WAITING, ""
            if session.connection().execute(delete(PendingLoginRow).where(there)).rowcount == 0:
                return Progress.ENDED, ""
            if row.user_id is None:
                return (Progress.REFUSED if row.refused else Progress.ENDED), ""
            try:
                owner = actor_of(session, row.user_id, address=actor.address, request=actor.request)
            except Unauthorized:
                return Progress.ENDED, ""
        return Progress.GRANTED, TokenService(self.catalog).create(owner, row.machine or "browser login")[1]

    def _waiting(self, session: Session, code: str) -> PendingLoginRow:
        there = (PendingLoginRow.code == code.upper()[:16], PendingLoginRow.expires_at > utc_now())
        row = session.execute(select(PendingLoginRow).where(*there)).scalar_one_or_none()
        if row is None or row.user_id is not None or row.refused:
            raise NotFound(
                "nothing waits under this code (any more)", hint="begin again: `swcli instance login`"
            )
        return row


def _read(row: PendingLoginRow) -> PendingLogin:
    return PendingLogin(
        number=row.number,
        code=row.code,
        machine=row.machine,
        address=row.address,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
