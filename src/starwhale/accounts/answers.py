"""Requests that are sent twice and carried out once: what was answered is kept for a day.

The promise, precisely. A key counts for one user, one method and one path, for 24 hours.

- The first request with it is carried out, and the answer of a success is kept. Another one with the same
  content is answered the same; with other content it is refused.
- While the first is under way the second waits for it, and is told to come again when that takes long.
- When the server is killed, the key is free again after `LEASE`. Every change of the catalog notes the
  request that made it in its own transaction, so it is known whether anything was committed: if nothing was,
  the second request is carried out; if something was, only the answer is lost, and the second is told so and
  what was done. Neither way is it done twice. The one exception is a server that stands still for longer than
  `LEASE` in the middle of a request, and then goes on.
- A refused request leaves nothing behind: sent again, it is tried again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from starwhale.catalog.insertion import insert_if_new
from starwhale.catalog.tables.doorways import AnswerRow
from starwhale.catalog.tables.events import EventRow
from starwhale.core.errors import Conflict, KeyReused
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog, Session

KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request with an idempotency key.

    Attributes:
        user: Number of the account that sends it.
        key: What `key_of` made.
        asked: What `digest_of_all` made of its content.
        request: Its id, which stands in the events that it causes and is given to no other.
        begins: Names of events that tell that it was begun, and not yet that anything was made.
    """

    user: int
    key: str
    asked: str
    request: str
    begins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered.

    Attributes:
        status: HTTP status; None while it is carried out.
        body: The JSON; None where it held a secret, which is kept nowhere.
        etag: The header of this name; None where there was none.
    """

    status: int | None
    body: str | None
    etag: str | None = None


def key_of(key: str, method: str, path: str) -> str:
    """What is stored of a key."""
    return digest_of_all(key.encode(), method.encode(), path.encode())


def digest_of_all(*parts: bytes) -> str:
    """SHA-256 of several texts, so that no two lists of them give the same."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()


@dataclass(frozen=True, slots=True)
class AnswerService:
    """Answers of one catalog."""

    catalog: Catalog

    def begin(self, asks: Question) -> Answer | None:
        """Find what was answered, or begin to carry it out.

        Returns:
            None where the caller is to carry it out, and to call `finish` or `release` then.

        Raises:
            KeyReused: the key was sent with something else.
            Conflict: it was carried out, but the answer is lost.
        """
        now = utc_now()
        row = {
            "user_id": asks.user,
            "key": asks.key,
            "asked": asks.asked,
            "request": asks.request,
            "created_at": now,
            "leased_until": now + LEASE,
        }
        with self.catalog.begin() as session:
            session.execute(delete(AnswerRow).where(AnswerRow.created_at < now - KEPT))
            while session.execute(self._insert(row)).first() is None:
                query = select(AnswerRow).where(*_of(asks)).with_for_update()
                found = session.execute(query).scalar_one_or_none()
                if found is not None:
                    return self._known(session, found, asks)
        return None

    def finish(self, asks: Question, answer: Answer) -> None:
        """Keep what was answered."""
        self._set(asks, status=answer.status, body=answer.body, etag=answer.etag)

    def renew(self, asks: Question) -> None:
        """Tell that it is still being carried out."""
        self._set(asks, leased_until=utc_now() + LEASE)

    def release(self, asks: Question) -> None:
        """Tell that it failed: whoever sends it again need not wait."""
        self._set(asks, leased_until=utc_now())

    def _insert(self, row: dict[str, Any]) -> Any:
        return insert_if_new(self.catalog.dialect, AnswerRow, row).returning(AnswerRow.key)

    def _known(self, session: Session, found: AnswerRow, asks: Question) -> Answer | None:
        now = utc_now()
        if found.asked != asks.asked:
            raise KeyReused(
                "this idempotency key was sent with another request", hint="make a new key for each request"
            )
        if found.status is not None or found.leased_until > now:
            return Answer(found.status, found.body, found.etag)
        caused = (
            EventRow.at >= found.created_at,
            EventRow.request == found.request,
            EventRow.name.not_in(asks.begins),
        )
        done = session.scalars(select(EventRow.name).where(*caused).order_by(EventRow.id).limit(1)).first()
        if done is not None:
            raise Conflict(
                f"the first request with this key was carried out ({done}), but its answer was lost",
                hint="look for what it made; nothing was done twice",
            )
        values = {"request": asks.request, "created_at": now, "leased_until": now + LEASE}
        session.execute(update(AnswerRow).where(*_of(asks)).values(**values))
        return None

    def _set(self, asks: Question, **values: Any) -> None:
        with self.catalog.begin() as session:
            mine = (*_of(asks), AnswerRow.request == asks.request)
            session.execute(update(AnswerRow).where(*mine).values(**values))


def _of(asks: Question) -> tuple[Any, ...]:
    return (AnswerRow.user_id == asks.user, AnswerRow.key == asks.key)
