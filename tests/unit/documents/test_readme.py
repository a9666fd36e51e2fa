"""The two READMEs say the same: their code blocks, links to files and headings correspond."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh.md"
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
SCREEN = 40


def _blocks(path: Path) -> list[str]:
    return BLOCK.findall(path.read_text("utf-8"))


def _levels(path: Path) -> list[int]:
    prose = BLOCK.sub("", path.read_text("utf-8"))
    return [len(marks) for marks in re.findall(r"^(#+) ", prose, re.MULTILINE)]


def test_both_languages_show_the_same_code() -> None:
    assert _blocks(ENGLISH)
    assert _blocks(ENGLISH) == _blocks(CHINESE)


def test_both_languages_have_the_same_outline() -> None:
    assert _levels(ENGLISH) == _levels(CHINESE)


@pytest.mark.parametrize("path", [ENGLISH, CHINESE], ids=lambda path: path.name)
@pytest.mark.parametrize("command", ["make quickstart", "make test"])
def test_the_first_screen_names_both_commands(path: Path, command: str) -> None:
    assert command in "\n".join(path.read_text("utf-8").splitlines()[:SCREEN])


@pytest.mark.parametrize("path", [ENGLISH, CHINESE], ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text("utf-8"))
    assert [target for target in targets if not (ROOT / target).exists()] == []
