from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.terminal import Terminal


def test_a_project_is_created_selected_removed_and_recovered(terminal: Terminal) -> None:
    assert terminal("project", "new", "vision", "-o", "json").json["name"] == "vision"
    assert terminal("project", "use", "local/project/vision").status == 0
    current = {row["name"]: row["current"] for row in terminal("-o", "json", "prj", "ls").json}
    assert current == {"self": False, "vision": True}
    removed = terminal("project", "rm", "vision")
    assert "`swcli project recover vision` brings it back" in removed.out
    assert removed.err == "commands work in project self now\n"
    assert [row["name"] for row in terminal("project", "list", "-o", "json").json] == ["self"]
    assert terminal("project", "recover", "vision").out == "project vision is back\n"
    assert terminal("project", "info", "vision", "-o", "json").json["name"] == "vision"


def test_a_project_is_deleted_for_ever(terminal: Terminal) -> None:
    for words in (("rm", "vision", "--force"), ("rm", "vision")):
        assert terminal("project", "create", "vision").status == 0
        assert terminal("project", *words).status == 0
    # What was removed before is still in the trash, and goes from there.
    assert terminal("project", "remove", "vision", "-f").out == "project vision is deleted\n"
    assert terminal("project", "recover", "vision").status == 3
    assert terminal("project", "remove", "vision", "-f").status == 3


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("project info visoin", 3, "did you mean 'vision'?"),
        ("project create vision", 4, "exists already"),
        ("project create bad/name", 2, "Error: "),
        ("project select nowhere", 3, "no project 'nowhere'"),
        ("project remove self", 2, "cannot be removed"),
        ("project list --page 0", 2, "pages are counted from 1"),
        ("project list -i elsewhere", 3, "no instance 'elsewhere' is configured"),
        ("project info http://127.0.0.1:9/project/x", 11, "does not answer"),
        ("dataset list -p nowhere", 3, "no project 'nowhere'"),
    ],
)
def test_a_wrong_word_is_one_sentence(terminal: Terminal, words: str, status: int, said: str) -> None:
    terminal("project", "create", "vision")
    ran = terminal(*words.split())
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_list_is_read_in_pages(terminal: Terminal) -> None:
    for i in range(5):
        terminal("project", "create", f"p{i}")
    ran = terminal("project", "list", "--size", "2", "--page", "3")
    assert ran.err == "(2 of 6; see --page and --size)\n"
    assert len(ran.out.splitlines()) == 3
