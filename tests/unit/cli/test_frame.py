from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from starwhale.cli.frame import Noun
from starwhale.cli.session import Session

if TYPE_CHECKING:
    from tests.terminal import Terminal


@pytest.fixture
def tree() -> Noun:
    root = Noun(name="swcli", help="Root.")
    thing = Noun(name="thing", help="Things.", aliases=["th"])
    root.add_command(thing)

    @thing.leaf("list", aliases=["ls"], help="List.")
    @click.pass_obj
    def list_(session: Session) -> None:
        session.out.line("listed", ["listed"])

    @thing.leaf("remove", help="Remove.")
    def remove() -> None:
        click.echo("removed")

    @thing.leaf("recover", help="Recover.")
    def recover() -> None:
        click.echo("recovered")

    @thing.leaf("secret", help="Hide.", hidden=True)
    def secret() -> None:
        click.echo("hidden")

    @thing.leaf("cover", help="Cover.")
    @click.option("-o", "--overwrite", is_flag=True, help="Overwrite.")
    @click.pass_obj
    def cover(session: Session, overwrite: bool) -> None:
        session.out.line(f"overwrite {overwrite}", {"overwrite": overwrite})

    return root


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("thing list", "listed"),
        ("th ls", "listed"),
        ("t l", "listed"),
        ("thin rem", "removed"),
        ("thing secret", "hidden"),
        ("thing cover -o", "overwrite True"),
    ],
)
def test_a_command_is_known_by_name_alias_and_prefix(
    terminal: Terminal, tree: Noun, words: str, text: str
) -> None:
    ran = terminal(*words.split(), root=tree)
    assert (ran.status, ran.out.strip()) == (0, text)


def test_a_prefix_of_several_lists_them(terminal: Terminal, tree: Noun) -> None:
    ran = terminal("thing", "re", root=tree)
    assert ran.status == 2
    assert "'re' may mean 'remove' or 'recover'" in ran.err


def test_a_hidden_command_is_found_by_its_whole_name_only(terminal: Terminal, tree: Noun) -> None:
    assert terminal("thing", "secr", root=tree).status == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("thing lits", "did you mean `swcli thing list`?"),
        ("thnig list", "did you mean `swcli thing`?"),
        ("thing zzzzzz", "`swcli thing --help` lists the commands"),
    ],
)
def test_an_unknown_command_suggests_the_nearest(
    terminal: Terminal, tree: Noun, words: str, said: str
) -> None:
    ran = terminal(*words.split(), root=tree)
    assert ran.status == 2
    assert said in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("words", ["-o json thing list", "thing list -o json", "thing list --output=json"])
def test_json_may_be_asked_for_before_and_after_the_command(
    terminal: Terminal, tree: Noun, words: str
) -> None:
    assert terminal(*words.split(), root=tree).json == ["listed"]


def test_the_word_after_the_command_wins(terminal: Terminal, tree: Noun) -> None:
    assert terminal("-o", "json", "thing", "list", "-o", "text", root=tree).out == "listed\n"


def test_a_command_with_its_own_o_keeps_the_long_form(terminal: Terminal, tree: Noun) -> None:
    assert terminal("thing", "cover", "-o", "--output", "json", root=tree).json == {"overwrite": True}


def test_a_group_alone_shows_its_help_in_the_order_of_work(terminal: Terminal, tree: Noun) -> None:
    ran = terminal("thing", root=tree)
    assert ran.status == 0
    places = [ran.out.index(word) for word in ("list, ls", "remove", "recover", "cover")]
    assert places == sorted(places)
    assert "secret" not in ran.out


def test_h_is_help_too(terminal: Terminal, tree: Noun) -> None:
    assert terminal("thing", "list", "-h", root=tree).out.startswith("Usage: swcli thing list")
