"""What datasets and models have in common, over versions that a service published."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import BashComplete

from starwhale.cli.main import swcli
from starwhale.cli.session import Session
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.version import version_of
from starwhale.instance.local import LocalInstance

if TYPE_CHECKING:
    from tests.terminal import Terminal

KINDS = ("dataset", "model", "runtime")


def version(name: str, number: int) -> str:
    return version_of(hashlib.sha256(f"{name} {number}".encode()).digest())


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, terminal: Terminal) -> str:
    """The kind this run is about, of which `digits` has three versions and `words` one."""
    environ = {"HOME": str(terminal.home), "SW_LOCAL_STORAGE": str(terminal.home / "store")}
    with LocalInstance(Settings.from_env(environ)) as instance:
        for name, count in (("digits", 3), ("words", 1)):
            for number in range(count):
                instance.artifacts.publish(
                    instance.actor,
                    project="self",
                    kind=Kind(request.param),
                    name=name,
                    version=version(name, number),
                    manifest="0" * 64,
                    message=f"the {number}th",
                    size=number * 1000,
                    tags=[f"t{number}"],
                )
    return request.param


def test_a_list_can_be_filtered(terminal: Terminal, kind: str) -> None:
    assert len(terminal(kind, "list", "-o", "json").json) == 4
    assert [row["name"] for row in terminal(kind, "ls", "-fl", "latest", "-o", "json").json] == [
        "words",
        "digits",
    ]
    found = terminal(kind, "ls", "-fl", "name=dig", "-fl", "latest", "-o", "json").json
    assert [row["version"] for row in found] == [version("digits", 2)]
    assert terminal(kind, "ls", "-fl", "nme=x").status == 2


def test_a_list_shows_short_versions_unless_asked(terminal: Terminal, kind: str) -> None:
    full = version("digits", 0)
    assert full not in terminal(kind, "list").out
    assert full[:12] in terminal(kind, "list").out
    assert full in terminal(kind, "list", "--fullname").out
    assert full in terminal(kind, "history", "digits", "--fullname").out


def test_history_is_that_of_one_package_newest_first(terminal: Terminal, kind: str) -> None:
    rows = terminal(kind, "history", "digits", "-o", "json").json
    assert [row["tags"] for row in rows] == [["latest", "v2", "t2"], ["v1", "t1"], ["v0", "t0"]]


def test_tags_are_added_moved_and_taken_away(terminal: Terminal, kind: str) -> None:
    assert terminal(kind, "tag", "digits", "best").out.split() == ["latest", "v2", "best", "t2"]
    assert terminal(kind, "tag", "digits/version/v1", "best").status == 4
    assert terminal(kind, "tag", "digits/version/v1", "best", "-f").out.split() == ["v1", "best", "t1"]
    assert terminal(kind, "tag", "digits/best").out.split() == ["v1", "best", "t1"]
    assert terminal(kind, "tag", "-r", "digits/v1", "best", "t1").out.split() == ["v1"]


def test_quiet_goes_on_after_a_tag_that_cannot_be(terminal: Terminal, kind: str) -> None:
    ran = terminal(kind, "tag", "-q", "digits", "t0", "latest", "good")
    assert ran.status == 0
    assert ran.out.split() == ["latest", "v2", "good", "t2"]
    assert ran.err.count("passed over:") == 2
    assert terminal(kind, "tag", "digits", "t0", "fine").status == 4
    assert "fine" not in terminal(kind, "tag", "digits").out


def test_what_is_removed_can_be_recovered(terminal: Terminal, kind: str) -> None:
    gone = terminal(kind, "rm", "digits")
    assert gone.out == f"{kind} digits is removed; `swcli {kind} recover digits` brings it back\n"
    assert terminal(kind, "history", "digits").status == 3
    assert len(terminal(kind, "ls", "-sr", "-o", "json").json) == 4
    assert "REMOVED" in terminal(kind, "ls", "-sr").out
    assert terminal(kind, "recover", "digits").out == f"{kind} digits is back\n"
    assert len(terminal(kind, "history", "digits", "-o", "json").json) == 3


def test_force_leaves_no_way_back(terminal: Terminal, kind: str) -> None:
    assert terminal(kind, "rm", "-f", "digits/v1", "-o", "json").json["forced"] is True
    assert terminal(kind, "recover", "digits/version/v1").status != 0
    assert len(terminal(kind, "history", "digits", "-o", "json").json) == 2


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("info digit", 3, "did you mean 'digits'?"),
        ("info digits/version/t9", 3, "no version 't9'"),
        ("tag digits v7", 2, "'v7'"),
        ("tag digits a/b", 2, "a/b"),
        ("info", 2, "missing argument"),
        ("info self/x/y/z", 2, "is not the address of"),
        ("recover words", 4, "was not removed"),
    ],
)
def test_a_wrong_word_is_one_sentence(
    terminal: Terminal, kind: str, words: str, status: int, said: str
) -> None:
    ran = terminal(kind, *words.split())
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err
    assert ran.err.startswith("Error: ")
    assert len(ran.err.splitlines()) == 1


def test_a_table_is_readable_on_eighty_columns(terminal: Terminal, kind: str) -> None:
    for words in (["list"], ["history", "digits"], ["list", "--show-removed"]):
        lines = terminal(kind, *words).out.splitlines()
        assert max(map(len, lines)) <= 80
        assert lines[0].split()[0] in {"NAME", "VERSION"}


def test_the_shell_completes_names(terminal: Terminal, kind: str) -> None:
    environ = {"HOME": str(terminal.home), "SW_LOCAL_STORAGE": str(terminal.home / "store")}
    complete = BashComplete(swcli, {"obj": Session(environ)}, "swcli", "_SWCLI_COMPLETE")

    def offered(*words: str, incomplete: str) -> list[str]:
        return [item.value for item in complete.get_completions(list(words), incomplete)]

    assert offered(kind, "info", incomplete="") == ["words", "digits"]
    assert offered(kind, "history", incomplete="di") == ["digits"]
    assert offered("project", "info", incomplete="s") == ["self"]
    assert offered("project", "info", incomplete="x") == []


def test_completion_neither_fails_nor_makes_a_store(terminal: Terminal) -> None:
    root = terminal.home / "none"
    session = Session({"HOME": str(terminal.home), "SW_LOCAL_STORAGE": str(root)})
    complete = BashComplete(swcli, {"obj": session}, "swcli", "_SWCLI_COMPLETE")
    assert complete.get_completions(["model", "info"], "x") == []
    assert not root.exists()
