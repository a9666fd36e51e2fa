"""Who may come in: accounts, what they are in projects, and what they show at the door."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, RowId, ascii_text


class UserRow(Base):
    """One account. It is never deleted, since audit rows name it.

    Attributes:
        name: Login name, in lower case.
        password: Hash of it; None where he comes in by another door only.
        disabled_at: Since when he may not come in; None while he may.
    """

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(ascii_text(80))
    email: Mapped[str]
    password: Mapped[str | None]
    admin: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    disabled_at: Mapped[datetime | None]


class IdentityRow(Base):
    """An account of another provider through which a user comes in.

    Attributes:
        issuer: The provider.
        subject: His number there, which never changes, as his name may.
    """

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(ascii_text(500), primary_key=True)
    subject: Mapped[str] = mapped_column(ascii_text(255), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class MemberRow(Base):
    """What a user is in a project."""

    __tablename__ = "members"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[int] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(ascii_text(16))
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class TokenRow(Base):
    """What a program shows at the door.

    Attributes:
        name: What its owner calls it.
        digest: SHA-256 of the token, which itself is stored nowhere.
        shown: Its first characters, by which its owner knows it again.
        scopes: Permissions that it is limited to; None for all of its owner's.
        project_id: The only project that it is for; None for all.
        job_id: The job whose tasks it was made for; None for a person's.
        expires_at: When it counts no more; None for never.
    """

    __tablename__ = "tokens"
    __table_args__ = (UniqueConstraint("digest"),)

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(ascii_text(64))
    shown: Mapped[str] = mapped_column(ascii_text(16))
    scopes: Mapped[list[str] | None]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    job_id: Mapped[str | None] = mapped_column(ascii_text(40))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class SessionRow(Base):
    """A browser that somebody has logged in with.

    Attributes:
        digest: SHA-256 of the secret in its cookie.
        agent: What the browser calls itself.
    """

    __tablename__ = "sessions"

    digest: Mapped[str] = mapped_column(ascii_text(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    address: Mapped[str]
    agent: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class InvitationRow(Base):
    """A link by which somebody makes himself an account, or becomes a member.

    Attributes:
        digest: SHA-256 of the secret in the link.
        project_id: Project that he becomes a member of; None for an account alone.
        role: What he is there.
        used_at: When it was used; it works once.
    """

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("digest"),)

    id: Mapped[RowId]
    digest: Mapped[str] = mapped_column(ascii_text(64))
    email: Mapped[str]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    role: Mapped[str | None] = mapped_column(ascii_text(16))
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AttemptRow(Base):
    """How often somebody has tried to come in lately; a bucket that refills with time.

    Attributes:
        key: Whom or whence it counts: ``login:`` or ``address:``, and the SHA-256 of the name or address.
        level: Attempts in it at `at`.
    """

    __tablename__ = "attempts"

    key: Mapped[str] = mapped_column(ascii_text(300), primary_key=True)
    level: Mapped[float]
    at: Mapped[datetime] = mapped_column(index=True)
