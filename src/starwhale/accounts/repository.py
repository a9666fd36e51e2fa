"""Queries of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from starwhale.accounts.schemas import UserRead
from starwhale.catalog.keyset import Key, cut
from starwhale.catalog.tables.accounts import MemberRow, UserRow
from starwhale.core.errors import Conflict
from starwhale.core.names import is_name
from starwhale.core.page import Page, PageRequest
from starwhale.core.permissions import Role, is_role
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_READ = (
    UserRow.id,
    UserRow.name,
    UserRow.email,
    UserRow.admin,
    UserRow.created_at,
    UserRow.created_by,
    UserRow.disabled_at,
    UserRow.password.is_not(None).label("has_password"),
)
_BY_NAME = select(*_READ, UserRow.password).where(UserRow.name == bindparam("name"))
_ROLES = select(MemberRow.project_id, MemberRow.role).where(MemberRow.user_id == bindparam("user"))


@dataclass(frozen=True, slots=True)
class UserRepository:
    """Accounts as rows of the transaction `session`."""

    session: Session

    def count(self) -> int:
        """How many there are."""
        return self.session.scalar(select(func.count()).select_from(UserRow)) or 0

    def add(self, name: str, *, email: str, password: str | None, admin: bool, by: str) -> UserRead:
        """Insert an account.

        Raises:
            Conflict: the name is taken.
        """
        row = {"name": name, "email": email, "password": password, "admin": admin, "created_by": by}
        try:
            made = insert(UserRow).values(**row, created_at=utc_now()).returning(UserRow.id)
            number = self.session.execute(made).scalar_one()
        except IntegrityError as exc:
            raise Conflict(f"there is an account {name!r} already", hint="choose another name") from exc
        # Read, for SQLite takes every column for filled where it returns what it has inserted.
        return user_of(self.session.execute(select(*_READ).where(UserRow.id == number)).one())

    def by_name(self, name: str) -> tuple[UserRead, str | None] | None:
        """An account and its stored password; None where there is none of this name."""
        row = self.session.execute(_BY_NAME, {"name": name.lower()}).one_or_none() if is_name(name) else None
        return None if row is None else (user_of(row), row.password)

    def by_id(self, number: int) -> tuple[UserRead, str | None] | None:
        """An account and its stored password, by number."""
        query = select(*_READ, UserRow.password).where(UserRow.id == number)
        row = self.session.execute(query).one_or_none()
        return None if row is None else (user_of(row), row.password)

    def roles(self, number: int) -> dict[int, Role]:
        """What an account is in which project, by the number of the project."""
        found = self.session.execute(_ROLES, {"user": number})
        return {project: Role(role) for project, role in found if is_role(role)}

    def admins(self) -> int:
        """How many accounts that may come in administer the instance."""
        may = (UserRow.admin.is_(True), UserRow.disabled_at.is_(None))
        return self.session.scalar(select(func.count()).select_from(UserRow).where(*may)) or 0

    def lock_admins(self) -> None:
        """Have other transactions wait that change who administers, so that one is always left."""
        self.session.execute(select(UserRow.id).where(UserRow.admin.is_(True)).with_for_update())

    def change(self, number: int, **values: Any) -> None:
        """Set columns of an account."""
        self.session.execute(update(UserRow).where(UserRow.id == number).values(**values))

    def page(self, request: PageRequest, search: str) -> Page[UserRead]:
        """One page of the accounts, by name."""
        conditions = [UserRow.name.contains(search.lower(), autoescape=True)] if search else []
        total = self.session.scalar(select(func.count()).select_from(UserRow).where(*conditions)) or 0
        found = cut(self.session, select(*_READ).where(*conditions), (Key(UserRow.name),), request)
        return Page(items=tuple(map(user_of, found.rows)), total=total, request=request, next=found.next)


def user_of(row: Any) -> UserRead:
    """An account out of a row that begins with its columns."""
    number, name, email, admin, created_at, created_by, disabled_at, has_password = row[: len(_READ)]
    return UserRead(
        id=number,
        name=name,
        email=email,
        admin=admin,
        created_at=created_at,
        created_by=created_by,
        disabled_at=disabled_at,
        has_password=bool(has_password),
    )
