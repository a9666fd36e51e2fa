from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from starwhale.cli.main import swcli
from starwhale.cli.session import Session

if TYPE_CHECKING:
    from tests.terminal import Terminal


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_installing_twice_writes_one_line(terminal: Terminal, shell: str) -> None:
    startup = terminal.home / f".{shell}rc"
    startup.write_text("export A=1")
    first = terminal("-o", "json", "completion", "install", shell).json
    second = terminal("-o", "json", "completion", "install", shell).json
    assert (first["startup_changed"], second["startup_changed"]) == (True, False)
    lines = startup.read_text().splitlines()
    assert lines[0] == "export A=1"
    assert len(lines) == 2
    script = Path(first["written"][0])
    assert lines[1] == f'. "{script}"  # completion of swcli'
    for program in ("swcli", "sw", "starwhale"):
        assert f"_{program.upper()}_COMPLETE" in script.read_text()


def test_a_startup_file_that_is_a_link_stays_one(terminal: Terminal) -> None:
    real = terminal.home / "dotfiles"
    real.write_text("")
    (terminal.home / ".bashrc").symlink_to(real)
    assert terminal("completion", "install", "bash").status == 0
    assert (terminal.home / ".bashrc").is_symlink()
    assert "completion of swcli" in real.read_text()


def test_fish_finds_a_script_per_name_of_the_program(terminal: Terminal) -> None:
    written = terminal(
        "completion", "install", "fish", "-o", "json", XDG_CONFIG_HOME=str(terminal.home / "c")
    ).json
    assert [Path(path).name for path in written["written"]] == ["swcli.fish", "sw.fish", "starwhale.fish"]
    assert Path(written["written"][0]).parent == terminal.home / "c/fish/completions"


def test_the_shell_is_guessed_from_the_environment(terminal: Terminal) -> None:
    assert terminal("completion", "install", "-o", "json", SHELL="/usr/bin/zsh").json["shell"] == "zsh"


@pytest.mark.parametrize("environ", [{"SHELL": "/bin/tcsh"}, {}])
def test_an_unknown_shell_is_refused_with_the_known_ones(terminal: Terminal, environ: dict[str, str]) -> None:
    ran = terminal("completion", "install", **environ)
    assert ran.status == 2
    assert "name one of bash, zsh, fish" in ran.err


def test_the_script_is_one_that_the_shell_accepts(terminal: Terminal, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(terminal("completion", "show", "bash").out)
    assert subprocess.run(["bash", "-n", str(script)], check=False, capture_output=True).stderr == b""


def completed(words: list[str], incomplete: str) -> list[str]:
    from click.shell_completion import BashComplete

    complete = BashComplete(swcli, {}, "swcli", "_SWCLI_COMPLETE")
    return [item.value for item in complete.get_completions(words, incomplete)]


def test_words_and_options_complete() -> None:
    assert completed([], "comp") == ["completion"]
    assert completed(["completion"], "") == ["install", "show"]
    assert completed(["comp", "install"], "z") == ["zsh"]
    assert "--output" in completed(["completion", "show"], "--")


@pytest.mark.parametrize("word", ["nothing", "c"])
def test_a_wrong_or_ambiguous_word_does_not_break_the_shell(word: str) -> None:
    assert "dataset" in completed([word], "d")


def test_names_of_others_cannot_drive_the_terminal(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.shell_completion import BashComplete

    there = [("whales\x1b[2J", "x"), ("whal\nes", "x"), ("whales", "a\x1b[2J\x9b\u202eb\n\tc")]
    projects = SimpleNamespace(
        list=lambda *_: [SimpleNamespace(name=name, description=told) for name, told in there]
    )
    monkeypatch.setattr(Session, "instance", SimpleNamespace(projects=projects, actor=None))
    (terminal.home / "store").mkdir()
    session = Session({"HOME": str(terminal.home), "SW_LOCAL_STORAGE": str(terminal.home / "store")})
    complete = BashComplete(swcli, {"obj": session}, "swcli", "_SWCLI_COMPLETE")
    found = complete.get_completions(["project", "info"], "whal")
    assert [(each.value, each.help) for each in found] == [("whales", r"a\x1b[2J\x9b\u202eb c")]
