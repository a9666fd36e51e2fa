"""What looks after a server makes none where somebody only mistyped a directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from starwhale.core.errors import NotFound
from starwhale.core.settings import Settings
from starwhale.server.doctor import examine
from starwhale.server.settings import ServerSettings
from starwhale.server.upgrading import check, reset_administrator


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
        reset_administrator(mistyped, "admin", "root")
    with pytest.raises(NotFound, match="there is no catalog"):
        check(mistyped)
    assert not mistyped.store.root.exists()
