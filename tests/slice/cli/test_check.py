from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.terminal import Terminal


def states(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {row["name"]: row["state"] for row in rows}


def test_looking_makes_no_store(terminal: Terminal) -> None:
    ran = terminal("check", "-o", "json")
    assert ran.status == 0
    assert states(ran.json)["catalog"] == "ok"
    assert not (terminal.home / "store").exists()


def test_a_store_in_use_is_named(terminal: Terminal) -> None:
    terminal("project", "list")
    rows = terminal("check", "-o", "json").json
    assert next(row["detail"] for row in rows if row["name"] == "catalog").endswith("/store/catalog.sqlite")
    lines = terminal("check").out.splitlines()
    assert max(map(len, lines)) <= 80


def test_a_config_that_others_can_read_is_a_warning_with_its_remedy(terminal: Terminal) -> None:
    terminal("project", "select", "self")
    path = terminal.home / ".config/starwhale/config.yaml"
    path.chmod(0o644)
    ran = terminal("check", "-o", "json")
    assert ran.status == 0
    found = next(row for row in ran.json if row["name"] == "config")
    assert (found["state"], found["hint"]) == ("warning", f"chmod 600 {path}")


@pytest.mark.parametrize("text", ["instances: [", "current_instance: nowhere\n"])
def test_a_config_that_cannot_be_read_fails_the_check(terminal: Terminal, text: str) -> None:
    path = terminal.home / ".config/starwhale/config.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    ran = terminal("check", "-o", "json")
    assert (ran.status, states(ran.json)["config"]) == (1, "failed")
    assert ran.err == "not ready: config\n"


def test_a_catalog_that_is_none_fails_the_check(terminal: Terminal) -> None:
    (terminal.home / "store").mkdir()
    (terminal.home / "store/catalog.sqlite").write_bytes(b"this is no database, whatever its name says" * 100)
    ran = terminal("check", "-o", "json")
    assert (ran.status, states(ran.json)["catalog"]) == (1, "failed")


def test_a_catalog_of_a_later_release_fails_the_check(terminal: Terminal) -> None:
    terminal("project", "list")
    with sqlite3.connect(terminal.home / "store/catalog.sqlite") as database:
        database.execute("update alembic_version set version_num = '9999'")
    database.close()
    ran = terminal("check", "-o", "json")
    assert (ran.status, states(ran.json)["catalog"]) == (1, "failed")
    assert terminal("project", "list").status == 4
