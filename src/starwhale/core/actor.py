"""Who calls, and what he may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from starwhale.core.permissions import GRANTS, IN_PUBLIC, OF_ADMINISTRATORS, Permission, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The caller of a service, passed in by whichever door he came through.

    His rights are those of the moment at which he came in; a door makes a new actor for each request.

    Attributes:
        name: Login name, written into audit rows; empty for whoever has not said who he is.
        admin: May do everything; the owner of a standalone store is.
        user: Number of his account; None where there are no accounts, or he has none.
        roles: What he is in which project, by the number of the project.
        scopes: What the token he came with is limited to; None where it is not.
        project: Number of the only project that his token is for; None where it is for all.
        job: Id of the job that his token was made for, so that it is code of that job that calls.
        until: When what he came with counts no more; None for never, or where nobody knows.
        address: Where he calls from, for the audit; empty where that means nothing.
        request: Id of his request, for the audit and the logs.
    """

    name: str
    admin: bool = False
    user: int | None = None
    roles: Mapping[int, Role] = field(default_factory=dict[int, Role], hash=False)
    scopes: frozenset[Permission] | None = None
    project: int | None = None
    job: str = ""
    until: datetime | None = None
    address: str = ""
    request: str = ""

    @property
    def limited(self) -> bool:
        """Whether what he came with lets him do less than he may: then he cannot change his own account."""
        return self.scopes is not None or self.project is not None

    def may(self, permission: Permission, project: int | None = None, *, public: bool = False) -> bool:
        """Whether he may do something.

        Args:
            permission: What.
            project: In which project, by its number; None for what concerns the whole instance.
            public: Whether everybody may look into this project.
        """
        if self.scopes is not None and permission not in self.scopes:
            return False
        if self.project is not None and project != self.project:
            return False
        if self.admin:
            return True
        if project is None:
            return permission not in OF_ADMINISTRATORS and self.user is not None
        role = self.roles.get(project)
        if role is not None and permission in GRANTS[role]:
            return True
        return public and permission in IN_PUBLIC
