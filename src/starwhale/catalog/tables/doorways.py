"""What is under way at the doors of a server: answers that are kept, logins that wait, keys, seals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, RowId, ascii_text


class AnswerRow(Base):
    """A request that was sent with an idempotency key, and what was answered.

    Attributes:
        key: SHA-256 of the key, the method and the path.
        asked: SHA-256 of what was asked, and with which rights.
        request: Id of the request that carries it out; events of that request tell that it was committed.
        leased_until: Until when whoever carries it out is taken to be alive.
        status: HTTP status of the answer; None while there is none.
        body: The answer; None where it held a secret.
        etag: What it was told to be the revision of what was made; None where nothing was.
    """

    __tablename__ = "answers"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(ascii_text(64), primary_key=True)
    asked: Mapped[str] = mapped_column(ascii_text(64))
    request: Mapped[str] = mapped_column(ascii_text(80))
    created_at: Mapped[datetime] = mapped_column(index=True)
    leased_until: Mapped[datetime]
    status: Mapped[int | None]
    body: Mapped[str | None]
    etag: Mapped[str | None]


class PendingLoginRow(Base):
    """A program that waits until somebody lets it in with his browser.

    Attributes:
        number: What the program calls it.
        code: What program and page both show, so that somebody sees that they mean the same.
        challenge: SHA-256 of a secret that only the program has, in base64url.
        machine: What the program calls itself.
        user_id: Who has let it in; None while nobody has.
        refused: Whether somebody has refused it.
    """

    __tablename__ = "pending_logins"
    __table_args__ = (UniqueConstraint("code"),)

    number: Mapped[str] = mapped_column(ascii_text(64), primary_key=True)
    code: Mapped[str] = mapped_column(ascii_text(16))
    challenge: Mapped[str] = mapped_column(ascii_text(64))
    machine: Mapped[str]
    address: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    refused: Mapped[bool]


class ProviderVisitRow(Base):
    """Somebody who was sent to another provider to log in there, and is to come back.

    Attributes:
        state: SHA-256 of what he brings back.
        browser: SHA-256 of the secret in the cookie of the browser that was sent.
        nonce: What the provider writes into its token.
        verifier: Secret by which only this server can redeem what he brings (PKCE).
        after: Page that he wanted to see.
    """

    __tablename__ = "provider_visits"

    state: Mapped[str] = mapped_column(ascii_text(64), primary_key=True)
    browser: Mapped[str] = mapped_column(ascii_text(64))
    nonce: Mapped[str] = mapped_column(ascii_text(64))
    verifier: Mapped[str] = mapped_column(ascii_text(128))
    after: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SealRow(Base):
    """A link of the chain that shows whether audit rows were changed afterwards.

    Attributes:
        first: Number of the first event under it.
        last: Number of the last one.
        count: How many there are.
        digest: SHA-256 of the digest before it and of those events.
    """

    __tablename__ = "seals"
    __table_args__ = (UniqueConstraint("first"),)

    id: Mapped[RowId]
    first: Mapped[int]
    last: Mapped[int]
    count: Mapped[int]
    digest: Mapped[str] = mapped_column(ascii_text(64))
    created_at: Mapped[datetime]


class SigningKeyRow(Base):
    """A key that addresses are signed with which are good for a while; all servers of a catalog have it.

    Attributes:
        secret: 256 random bits in hex digits.
        signs_until: When no server signs with it any more.
        expires_at: When nothing counts any more that was signed with it.
    """

    __tablename__ = "signing_keys"

    id: Mapped[RowId]
    secret: Mapped[str] = mapped_column(ascii_text(64))
    signs_until: Mapped[datetime]
    expires_at: Mapped[datetime]
