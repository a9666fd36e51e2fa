"""What looks after a server makes none where somebody only mistyped a directory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from starwhale.core.actor import Actor
from starwhale.core.errors import NotFound
from starwhale.core.settings import Settings
from starwhale.kit.people import system_user
from starwhale.server.doctor import examine
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings
from starwhale.server.upgrading import check, migrate, reset_administrator

ROOT = Actor(name="root", admin=True)


@pytest.fixture
def mistyped(tmp_path: Path) -> ServerSettings:
    return ServerSettings(store=Settings.at(tmp_path / "mistyped"))


def test_the_doctor_says_what_is_not_there_yet_and_makes_nothing(mistyped: ServerSettings) -> None:
    found = {each.name: each for each in examine(mistyped)}
    for name in ("catalog", "objects"):
        assert (found[name].state, found[name].hint) == ("warning", "`swcli server start` makes it")
    assert not mistyped.store.root.exists()


def test_no_administrator_is_made_without_a_catalog(mistyped: ServerSettings) -> None:
    with pytest.raises(NotFound, match="there is no catalog"):
        reset_administrator(mistyped, "admin", create=True)
    with pytest.raises(NotFound, match="there is no catalog"):
        check(mistyped)
    with pytest.raises(NotFound, match="there is no catalog"):
        migrate(mistyped)
    assert not mistyped.store.root.exists()


def test_an_empty_file_is_no_catalog_to_be_migrated(mistyped: ServerSettings) -> None:
    mistyped.store.root.mkdir()
    file = mistyped.store.root / "catalog.sqlite"
    file.touch()
    with pytest.raises(NotFound, match="there is no catalog"):
        migrate(mistyped)
    with closing(sqlite3.connect(file)) as found:
        assert found.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


@pytest.fixture
def owned(tmp_path: Path) -> Iterator[tuple[ServerSettings, Services]]:
    settings = ServerSettings(store=Settings.at(tmp_path / "server"))
    services = Services(settings.store)
    services.users.ensure_administrator()
    yield settings, services
    services.close()


def test_whoever_mistypes_the_administrator_makes_none(owned: tuple[ServerSettings, Services]) -> None:
    settings, services = owned
    with pytest.raises(NotFound, match="no user 'amdin'") as refused:
        reset_administrator(settings, "amdin")
    assert "did you mean 'admin'?" in refused.value.hint
    assert "--create" in refused.value.hint
    with pytest.raises(NotFound) as refused:
        reset_administrator(settings, "zoe")
    assert "did you mean" not in refused.value.hint
    assert [each.name for each in services.users.list(ROOT)] == ["admin"]


def test_what_is_done_at_the_machine_is_in_the_audit_as_that(
    owned: tuple[ServerSettings, Services],
) -> None:
    settings, services = owned
    for user, create in (("admin", False), ("zoe", True)):
        password = reset_administrator(settings, user, create=create)
        assert services.doors.login(user, password, address="10.0.0.7")
    wanted = {"user.password_reset", "user.created"}
    events = [each for each in services.audit.page(ROOT)[0] if each.name in wanted and each.actor]
    assert {each.name for each in events} == wanted
    assert {(each.actor, each.address) for each in events} == {(system_user(), "this machine")}
