"""What the services of accounts hand out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starwhale.core.permissions import Role
from starwhale.core.revisions import revision_of


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRead:
    """One account.

    Attributes:
        name: Login name.
        email: Where he is reached; empty where nobody said.
        admin: Whether he administers the instance.
        disabled_at: Since when he may not come in; None while he may.
        has_password: Whether he may come in by one; not who comes in by another door alone.
    """

    id: int
    name: str
    email: str
    admin: bool
    created_at: datetime
    created_by: str
    disabled_at: datetime | None = None
    has_password: bool

    @property
    def revision(self) -> str:
        """Says what account this is: whoever changes it names the one he saw."""
        return revision_of(self.email, self.admin, self.disabled_at is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRead:
    """One token, without its secret.

    Attributes:
        name: What its owner calls it.
        shown: Its first characters.
        scopes: What it is limited to; None where it may do all that its owner may.
        project: The only project that it is for; empty for all.
        expires_at: When it counts no more; None for never.
        used_at: When it was last shown at the door, to the minute; None where it never was.
    """

    id: int
    name: str
    shown: str
    scopes: tuple[str, ...] | None
    project: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRead:
    """What a user is in a project."""

    user: str
    role: Role
    created_at: datetime
    created_by: str

    @property
    def revision(self) -> str:
        """Says what he is: whoever changes it names what he saw."""
        return revision_of(self.role.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRead:
    """A browser that somebody is logged in with.

    Attributes:
        id: First characters of the digest of its secret.
        current: Whether it is the one that asks.
    """

    id: str
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRead:
    """A link by which somebody makes himself an account or becomes a member.

    Attributes:
        email: Whom it is for, for people to read.
        project: Project that he becomes a member of; empty for an account alone.
        role: What he is there; None for an account alone.
        used_at: When it was used; None while it can be.
    """

    id: int
    email: str
    project: str
    role: Role | None
    created_at: datetime
    created_by: str
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRead:
    """One thing that happened.

    Attributes:
        actor: Who did it; empty where he had not said who he is.
        name: What happened, noun and participle.
        project: Where; None for what concerns the whole instance.
        address: From where; None where that means nothing.
        request: Id of the request; None where there was none.
        payload: What it was about.
    """

    id: int
    at: datetime
    actor: str
    name: str
    project: str | None
    address: str | None
    request: str | None
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What became of the chain of seals.

    Attributes:
        whole: Whether every event under a seal is as it was.
        broken_at: First and last number of the events where it is not; None where it is.
        sealed: Events under the seals before that.
        digest: Of the last seal; empty where the chain is broken.
        waiting: Events that have no seal yet.
    """

    whole: bool
    broken_at: tuple[int, int] | None
    sealed: int
    digest: str
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLogin:
    """A program that waits until somebody lets it in with his browser.

    Attributes:
        number: What the program asks by; nobody else is told.
        code: What program and page both show.
        machine: What the program calls itself.
        address: Where it asked from.
    """

    number: str
    code: str
    machine: str
    address: str
    created_at: datetime
    expires_at: datetime
