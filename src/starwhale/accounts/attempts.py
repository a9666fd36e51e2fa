"""Counting attempts to come in, in the catalog, so that all servers count together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from starwhale.accounts.secrets import digest_of
from starwhale.catalog.insertion import insert_if_new
from starwhale.catalog.tables.accounts import AttemptRow
from starwhale.core.errors import TooMany
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog

_FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many attempts there may be: `room` at once, and one more every `seconds`."""

    room: int
    seconds: float


#: For one name, wherever the attempts come from, and for one address, whatever the names.
BY_NAME = Bucket(room=10, seconds=30)
BY_ADDRESS = Bucket(room=50, seconds=6)


@dataclass(frozen=True, slots=True)
class Attempts:
    """Buckets that fill with attempts and leak with time."""

    catalog: Catalog

    def count(self, key: str, bucket: Bucket) -> None:
        """Count one attempt.

        Raises:
            TooMany: the bucket is full; the hint says how long to wait.
        """
        now, key = utc_now(), _stored(key)
        there = AttemptRow.key == key
        with self.catalog.begin() as session:
            new = insert_if_new(self.catalog.dialect, AttemptRow, {"key": key, "level": 0.0, "at": now})
            if session.execute(new.returning(AttemptRow.key)).first() is not None:
                session.execute(delete(AttemptRow).where(AttemptRow.at < now - _FORGOTTEN))
            found = select(AttemptRow.level, AttemptRow.at).where(there).with_for_update()
            # Somebody who came in at this moment may have taken the row away.
            before, at = session.execute(found).one_or_none() or (0.0, now)
            level = max(0.0, before - max(0.0, (now - at).total_seconds()) / bucket.seconds) + 1
            if level > bucket.room:
                wait = math.ceil((level - bucket.room) * bucket.seconds)
                raise TooMany("too many attempts", hint=f"try again in {wait} seconds")
            session.execute(update(AttemptRow).where(there).values(level=level, at=now))

    def forgive(self, key: str) -> None:
        """Forget the attempts of somebody who has come in."""
        with self.catalog.begin() as session:
            session.execute(delete(AttemptRow).where(AttemptRow.key == _stored(key)))


def _stored(key: str) -> str:
    """The key as a column holds it, whatever somebody has typed."""
    kind, _, what = key.partition(":")
    return f"{kind}:{digest_of(what)}"
