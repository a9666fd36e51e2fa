"""Keys of addresses that are good for a while, in the catalog, so that all servers have them.

They are not sealed, for whatever opened the seal would have to be carried from server to server by hand.
Instead they do not last: each signs for an hour and counts for another, so that an old copy of the catalog,
such as a backup, holds nothing of use. Who reads the catalog itself at this moment reads more than these.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from starwhale.catalog.tables.doorways import SigningKeyRow
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog

#: How long a key signs, and how long it counts after that: longer than any signature is good, and than the
#: clocks of two servers differ.
SIGNS = timedelta(hours=1)
COUNTS = timedelta(hours=1)
_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key.

    Attributes:
        number: What a signature names it by.
        signs_until: When it signs no more.
    """

    number: int
    secret: bytes
    signs_until: datetime


@dataclass(frozen=True, slots=True)
class KeyService:
    """Keys of one catalog."""

    catalog: Catalog

    def current(self) -> SigningKey:
        """The key to sign with; a new one where there is none.

        Two servers may make one each at the same moment, and both count.
        """
        now = utc_now()
        newest = select(SigningKeyRow).order_by(SigningKeyRow.id.desc()).limit(1)
        with self.catalog.read() as session:
            found = session.scalars(newest.where(SigningKeyRow.signs_until > now)).one_or_none()
            if found is not None:
                return _read(found)
        until = now + SIGNS
        values = {"secret": secrets.token_hex(_BYTES), "signs_until": until, "expires_at": until + COUNTS}
        with self.catalog.begin() as session:
            session.execute(delete(SigningKeyRow).where(SigningKeyRow.expires_at <= now))
            made = insert(SigningKeyRow).values(**values).returning(SigningKeyRow)
            return _read(session.scalars(made).one())

    def find(self, number: int) -> SigningKey | None:
        """A key by its number; None where there is none that still counts."""
        mine = (SigningKeyRow.id == number, SigningKeyRow.expires_at > utc_now())
        with self.catalog.read() as session:
            found = session.scalars(select(SigningKeyRow).where(*mine)).one_or_none()
            return None if found is None else _read(found)


def _read(row: SigningKeyRow) -> SigningKey:
    return SigningKey(number=row.id, secret=bytes.fromhex(row.secret), signs_until=row.signs_until)
