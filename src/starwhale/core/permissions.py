"""Who may do what: permissions, and the roles that give them in a project."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from starwhale.core.errors import UsageError
from starwhale.core.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable


class Action(StrEnum):
    """What is done to something."""

    READ = "read"
    WRITE = "write"
    MANAGE = "manage"


class Resource(StrEnum):
    """What something is done to."""

    PROJECT = "project"
    MEMBER = "member"
    DATASET = "dataset"
    MODEL = "model"
    RUNTIME = "runtime"
    JOB = "job"
    TABLE = "table"
    REPORT = "report"
    RUN = "run"
    SHELL = "shell"
    AUDIT = "audit"
    WEBHOOK = "webhook"
    ACCOUNT = "account"
    SYSTEM = "system"


class Role(StrEnum):
    """What a member is in a project."""

    OWNER = "OWNER"
    MAINTAINER = "MAINTAINER"
    GUEST = "GUEST"


def is_role(text: str) -> bool:
    """Whether this release knows a role that is written down; one that it does not know gives no right."""
    return text in {*Role}


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """One action on one kind of thing; ``dataset:write`` as text."""

    resource: Resource
    action: Action

    def __str__(self) -> str:
        return f"{self.resource}:{self.action}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` writes.

        Raises:
            UsageError: there is no such permission.
        """
        resource, _, action = text.partition(":")
        try:
            return cls(Resource(resource), Action(action))
        except ValueError as exc:
            known = f"{', '.join(Resource)} with {', '.join(Action)}"
            raise UsageError(
                f"there is no permission {text[:80]!r}", hint=f"{known}, as in job:write"
            ) from exc


def reading(kind: Kind) -> Permission:
    """To see packages of a kind."""
    return Permission(Resource(kind.value), Action.READ)


def writing(kind: Kind) -> Permission:
    """To make, tag and remove packages of a kind."""
    return Permission(Resource(kind.value), Action.WRITE)


_CONTENT = (
    Resource.DATASET,
    Resource.MODEL,
    Resource.RUNTIME,
    Resource.JOB,
    Resource.TABLE,
    Resource.REPORT,
    Resource.RUN,
)
_OF_A_PROJECT = (
    Resource.PROJECT,
    Resource.MEMBER,
    *_CONTENT,
    Resource.SHELL,
    Resource.AUDIT,
    Resource.WEBHOOK,
)


def _every(resources: Iterable[Resource], *actions: Action) -> frozenset[Permission]:
    return frozenset(Permission(resource, action) for resource in resources for action in actions)


#: What whoever is no member may do in a public project.
IN_PUBLIC = _every((Resource.PROJECT, *_CONTENT), Action.READ)

#: What a member may do in his project.
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.GUEST: IN_PUBLIC | _every([Resource.MEMBER], Action.READ),
    Role.MAINTAINER: _every((Resource.PROJECT, Resource.MEMBER), Action.READ)
    | _every(_CONTENT, Action.READ, Action.WRITE)
    | _every([Resource.SHELL], Action.WRITE),
    Role.OWNER: _every(_OF_A_PROJECT, *Action),
}

#: All permissions there are.
EVERYTHING = _every(Resource, *Action)

#: What only administrators of the whole instance may do.
OF_ADMINISTRATORS = EVERYTHING - GRANTS[Role.OWNER]

READ_JOB = Permission(Resource.JOB, Action.READ)
WRITE_JOB = Permission(Resource.JOB, Action.WRITE)
MANAGE_JOB = Permission(Resource.JOB, Action.MANAGE)
READ_RUN = Permission(Resource.RUN, Action.READ)
WRITE_RUN = Permission(Resource.RUN, Action.WRITE)
MANAGE_RUN = Permission(Resource.RUN, Action.MANAGE)
#: To open a terminal in a task that runs. A token has it only where that was asked for by name.
WRITE_SHELL = Permission(Resource.SHELL, Action.WRITE)
READ_TABLE = Permission(Resource.TABLE, Action.READ)
WRITE_TABLE = Permission(Resource.TABLE, Action.WRITE)
READ_REPORT = Permission(Resource.REPORT, Action.READ)
WRITE_REPORT = Permission(Resource.REPORT, Action.WRITE)
WRITE_PROJECT = Permission(Resource.PROJECT, Action.WRITE)
READ_PROJECT = Permission(Resource.PROJECT, Action.READ)
MANAGE_PROJECT = Permission(Resource.PROJECT, Action.MANAGE)


def parse_scopes(texts: Collection[str]) -> frozenset[Permission]:
    """Permissions that a token is limited to; ``*:read`` stands for reading everything.

    No star stands for terminals, which are the surroundings of a task with all that it may do.

    Raises:
        UsageError: there is no such permission, or none at all is named.
    """
    found: set[Permission] = set()
    for text in texts:
        resource, _, action = text.partition(":")
        if resource == "*" and action in {*Action}:
            found |= _every(Resource, Action(action)) - {WRITE_SHELL}
        else:
            found.add(Permission.parse(text))
    if not found:
        raise UsageError("a token without any permission would be of no use", hint="name one, as in *:read")
    return frozenset(found)
