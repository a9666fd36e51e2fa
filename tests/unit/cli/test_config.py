from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from starwhale.core.config import load_config

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.terminal import Terminal


@pytest.fixture
def edit_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the editor of the user a program that runs some Python on `text`, the file's content."""

    def use(code: str) -> None:
        program = tmp_path / "editor.py"
        program.write_text(
            f"#!{sys.executable}\nimport sys, pathlib\npath = pathlib.Path(sys.argv[1])\n"
            f"text = path.read_text()\n{code}\npath.write_text(text)\n"
        )
        program.chmod(0o755)
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setenv("EDITOR", str(program))

    return use


def config_path(terminal: Terminal) -> Path:
    return terminal.home / ".config/starwhale/config.yaml"


def test_an_edit_takes_the_place_of_the_file(terminal: Terminal, edit_with: Callable[[str], None]) -> None:
    edit_with("text = '# mine\\n' + text.replace('current_project: self', 'current_project: vision')")
    ran = terminal("config", "edit", "-o", "json")
    assert ran.status == 0, ran.err
    assert ran.json == {"path": str(config_path(terminal)), "changed": True}
    assert load_config(config_path(terminal)).current_project == "vision"
    assert config_path(terminal).read_text().startswith("# mine\n")
    assert stat.S_IMODE(config_path(terminal).stat().st_mode) == 0o600


def test_looking_only_changes_nothing(terminal: Terminal, edit_with: Callable[[str], None]) -> None:
    edit_with("pass")
    assert terminal("config", "edit").out == "nothing was changed\n"
    assert [path.name for path in config_path(terminal).parent.glob("draft*")] == []


def test_a_wrong_edit_is_kept_beside_the_file(terminal: Terminal, edit_with: Callable[[str], None]) -> None:
    edit_with("text = text")
    terminal("config", "edit")
    before = config_path(terminal).read_bytes()
    edit_with("text = text + 'current_instance: [1]\\n'")
    ran = terminal("config", "edit")
    assert ran.status == 2
    assert "line" in ran.err
    kept = Path(ran.err.split("your text is kept in ")[1].rstrip(")\n"))
    assert "current_instance: [1]" in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert config_path(terminal).read_bytes() == before


def test_a_change_of_somebody_else_is_not_overwritten(
    terminal: Terminal, edit_with: Callable[[str], None]
) -> None:
    edit_with("pass")
    terminal("config", "edit")
    edit_with(
        "text = text + 'mine: 1\\n'\n"
        "other = path.with_name('config.yaml')\n"
        "other.write_text(other.read_text() + 'theirs: 1\\n')"
    )
    ran = terminal("config", "edit")
    assert ran.status == 4
    assert "theirs" in config_path(terminal).read_text()
    assert "mine" not in config_path(terminal).read_text()


def test_without_a_terminal_or_an_editor_nothing_waits(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    ran = terminal("config", "edit")
    assert ran.status == 2
    assert "EDITOR" in ran.err


def test_an_editor_that_does_not_start_is_one_sentence(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    ran = terminal("config", "edit")
    assert ran.status != 0
    assert ran.err.startswith("Error: /nowhere/editor: ")
    assert len(ran.err.splitlines()) == 1
    assert [path.name for path in config_path(terminal).parent.glob("draft*")] == []
