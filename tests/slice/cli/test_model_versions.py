"""Versions of models at the terminal: compared, laid out, copied, hashed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.terminal import Terminal

CODE = """
from starwhale import handler

@handler()
def main():
    print({number})
"""


@pytest.fixture
def built(terminal: Terminal) -> list[str]:
    """Two versions of the model `digits`."""
    code = terminal.home / "digits"
    code.mkdir()
    versions: list[str] = []
    for number in range(2):
        (code / "main.py").write_text(CODE.format(number=number))
        (code / f"weights{number}.bin").write_bytes(bytes([number, 255]) * 100)
        done = terminal("model", "build", str(code), "-m", "main", "-o", "json")
        assert done.status == 0, done.err
        versions.append(done.json["version"])
    return versions


def test_a_difference_is_told_file_by_file(terminal: Terminal, built: list[str]) -> None:
    told = terminal("model", "diff", "digits/v0", "digits").out
    assert "+ weights1.bin (200 B)" in told
    assert "~ main.py" in told
    assert "print(1)" not in told
    detailed = terminal("model", "diff", "digits/v0", "digits", "--show-details").out
    assert "-    print(0)" in detailed
    assert "+    print(1)" in detailed
    found = terminal("model", "diff", built[0], built[1], "-o", "json").json
    assert (found["added"], found["removed"], found["changed"]) == (1, 0, 1)
    assert terminal("model", "diff", "digits", "nothing").status == 3


def test_a_version_is_laid_out(terminal: Terminal, built: list[str]) -> None:
    place = terminal.home / "out"
    found = terminal("model", "extract", "digits/v0", str(place), "-o", "json").json
    assert found["files"] == 3
    assert (place / "weights0.bin").read_bytes() == bytes([0, 255]) * 100
    again = terminal("model", "extract", "digits", str(place))
    assert again.status == 4
    assert "is not empty (--force goes into it, over files of the same name" in again.err
    assert terminal("model", "extract", "digits", str(place), "-f").status == 0
    assert (place / "weights1.bin").exists()


def test_what_is_built_can_be_pushed_to_another_project(terminal: Terminal, built: list[str]) -> None:
    words = ("model", "build", str(terminal.home / "digits"), "-m", "main", "-t", "best")
    nowhere = terminal(*words, "--push", "local/project/other")
    assert (nowhere.status, nowhere.out) == (3, ""), "nothing is built that could not be pushed"
    assert "best" not in terminal("model", "tag", "digits").out
    terminal("project", "create", "other")
    told = terminal(*words, "--push", "local/project/other", "-o", "json").json
    assert told["pushed_to"] == f"local/project/other/model/digits/version/{built[1]}"
    (there,) = terminal("model", "list", "-p", "other", "-o", "json").json
    assert (there["version"], "best" in there["tags"]) == (built[1], True)
    said = terminal(*words, "--push", "local/project/other/model/again").out.splitlines()
    assert [line.split()[0] for line in said] == ["nothing", "copied"]
    assert "to other/model/again/version/" in said[1]


def test_a_copy_has_the_same_version(terminal: Terminal, built: list[str]) -> None:
    terminal("project", "create", "other")
    assert terminal("model", "tag", "digits", "best").status == 0
    copied = terminal("model", "cp", "digits", "local/project/other", "-o", "json").json
    assert (copied["version"], copied["project"], copied["name"]) == (built[1], "other", "digits")
    assert "best" in copied["tags"]
    renamed = terminal("model", "copy", "digits/v0", "numbers", "-dlp", "other", "-o", "json").json
    assert (renamed["version"], renamed["project"], renamed["name"]) == (built[0], "other", "numbers")
    assert "onto itself" in terminal("model", "copy", "digits", "digits").err


def test_damage_is_told_with_the_name_of_the_file(terminal: Terminal, built: list[str]) -> None:
    assert "is whole" in terminal("model", "verify", "digits").out
    files = terminal("model", "info", "digits", "-of", "files", "-o", "json").json
    digest = next(each["digest"] for each in files if each["path"] == "weights1.bin")
    (stored,) = (each for each in terminal.home.rglob(f"*{digest[4:]}*") if each.is_file())
    stored.chmod(0o644)
    stored.write_bytes(b"\0" * 200)
    done = terminal("model", "verify", "digits")
    assert done.status != 0
    assert "damaged: weights1.bin" in done.err
    assert "Traceback" not in done.err


def test_a_directory_that_names_no_model_is_told_how_to_name_it(terminal: Terminal) -> None:
    code = terminal.home / "my 模型"
    code.mkdir()
    (code / "main.py").write_text(CODE.format(number=1))
    for words, hint in (
        (("build", str(code)), "(name the model with --name)"),
        (("run", "-w", str(code)), "(name the model in a model.yaml)"),
        (("serve", "-w", str(code)), "(name the model in a model.yaml)"),
    ):
        ran = terminal("model", *words, "-m", "main")
        assert (ran.status, ran.out) == (2, "")
        assert "model name 'my 模型' has ' ' at position 3, and it is that of the directory" in ran.err
        assert hint in ran.err
    (code.parent / "plain").mkdir()
    tagged = terminal("model", "build", str(code.parent / "plain"), "-m", "main", "-t", "a b")
    assert "directory" not in tagged.err
    assert terminal("model", "build", str(code), "-m", "main", "-n", "mine").status == 0
    (code / "model.yaml").write_text("name: mine\n")
    assert terminal("model", "run", "-w", str(code), "-m", "main", "--show-argument").status == 0


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("main.py", "'main.py' is a path and no module (write it as in an import: main)"),
        ("./src/main.py", "'./src/main.py' is a path and no module (write it as in an import: src.main)"),
        ("src/main", "write it as in an import: src.main"),
        ("..", "write it as in an import)"),
    ],
)
def test_a_module_is_no_path(terminal: Terminal, module: str, said: str) -> None:
    for words in (("build", "."), ("run", "-w", "."), ("serve", "-w", ".")):
        ran = terminal("model", *words, "-m", module)
        assert (ran.status, ran.out) == (2, "")
        assert said in ran.err
