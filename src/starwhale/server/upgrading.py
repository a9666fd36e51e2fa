"""The catalog of a server from one release to the next, and the way back in for its owner."""

from __future__ import annotations

import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from starwhale.catalog.copying import copy_catalog
from starwhale.catalog.engine import Catalog
from starwhale.catalog.revision import HEAD, REVISIONS, revision_of
from starwhale.core.actor import Actor
from starwhale.core.errors import NotFound
from starwhale.core.page import LARGEST, PageRequest
from starwhale.kit.people import system_user
from starwhale.kit.suggest import nearest

if TYPE_CHECKING:
    from starwhale.accounts.users import UserService
    from starwhale.server.settings import ServerSettings

#: From where something was done that did not come over HTTP, for the audit.
THIS_MACHINE = "this machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What starting this release would do.

    Attributes:
        found: Revision of the tables now; None where there are none.
        wanted: Revision of this release.
        steps: Migrations that would be run.
        possible: Whether this release can work with them at all.
        tried: Whether the migrations were tried on a copy.
    """

    found: str | None
    wanted: str
    steps: tuple[str, ...]
    possible: bool
    tried: bool

    @property
    def sentence(self) -> str:
        """The same in words."""
        if not self.possible:
            return f"the catalog is of a newer release (revision {self.found}); upgrade this one first"
        if not self.steps:
            return f"nothing is to be done: the catalog is at revision {self.found}"
        how = ", which succeeded on a copy" if self.tried else ""
        return f"a start would run the migrations {', '.join(self.steps)}{how}; make a backup before"


def catalog_file(settings: ServerSettings) -> Path | None:
    """Where the catalog lies; None where it is no file."""
    url = make_url(settings.store.catalog_url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def check_there(settings: ServerSettings) -> None:
    """See that there is a catalog: none is made for somebody who only mistyped its place.

    Raises:
        NotFound: there is none.
    """
    path = catalog_file(settings)
    if path is not None and not path.exists():
        raise _no_catalog(path)


def _no_catalog(path: Path | None) -> NotFound:
    place = "in the database" if path is None else f"at {path}"
    return NotFound(f"there is no catalog {place}", hint="`swcli server start` makes one")


def revision(settings: ServerSettings) -> str | None:
    """Revision of the tables of a catalog; None where there are none."""
    with closing(Catalog.unmigrated(settings.store.catalog_url)) as catalog, catalog.connect() as connection:
        return revision_of(connection).name


def migrate(settings: ServerSettings) -> tuple[str | None, str]:
    """Bring the tables to this release; the revision before and after.

    Raises:
        NotFound: there are none; they are not made for somebody who only mistyped their place.
        Conflict: a newer release has written them.
    """
    check_there(settings)
    path = catalog_file(settings)
    before = revision(settings)
    if before is None:
        raise _no_catalog(path)
    Catalog.open(settings.store.catalog_url).close()
    return before, HEAD


def check(settings: ServerSettings) -> Upgrade:
    """What starting this release would do; nothing is changed."""
    check_there(settings)
    path = catalog_file(settings)
    found = revision(settings)
    known = found is None or found in REVISIONS
    steps = REVISIONS[REVISIONS.index(found) + 1 :] if found in REVISIONS else REVISIONS
    tried = bool(known and steps and path is not None)
    if tried and path is not None:
        _try_on_copy(path)
    return Upgrade(found=found, wanted=HEAD, steps=tuple(steps) if known else (), possible=known, tried=tried)


def _try_on_copy(path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".upgrade-check-") as scratch:
        copy = Path(scratch) / "catalog.sqlite"
        copy_catalog(path, copy)
        Catalog.open(f"sqlite:///{copy}").close()


def reset_administrator(settings: ServerSettings, user: str, *, create: bool = False) -> str:
    """Let an account administer the instance, and give it a random password, which is kept nowhere.

    Args:
        settings: Of the server, which may run meanwhile.
        user: Login name.
        create: Make the account where there is none.

    Raises:
        NotFound: there is no such account, or no catalog; none is made for somebody who only mistyped it.
    """
    check_there(settings)
    from starwhale.accounts.passwords import random_password
    from starwhale.server.services import Services

    house, actor = Services(settings.store), Actor(name=system_user(), admin=True, address=THIS_MACHINE)
    try:
        try:
            house.users.change(actor, user, admin=True, disabled=False)
        except NotFound as exc:
            if not create:
                raise NotFound(exc.message, hint=_meant(house.users, actor, user)) from exc
            password = random_password()
            house.users.create(actor, user, password=password, admin=True)
            return password
        return house.users.reset_password(actor, user)
    finally:
        house.close()


def _meant(users: UserService, actor: Actor, user: str) -> str:
    some = users.list(actor, PageRequest(size=LARGEST)).items
    near = nearest(user, [each.name for each in some])
    made = "--create makes a new administrator of that name"
    return f"did you mean {near!r}? {made}" if near else made
