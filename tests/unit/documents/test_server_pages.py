"""What the pages about the server say of settings, commands and each other is so."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from starwhale.cli.commands.instance import instance
from starwhale.cli.commands.server import server
from starwhale.server.configuration import NAMES, PREFIX
from starwhale.server.settings import ServerSettings

PAGES = Path(__file__).parents[3] / "docs" / "server"
_ROW = re.compile(r"^\| `(\w+)` \| ([^|]*) \|", re.MULTILINE)
_VALUE = re.compile(r"`[^`]+`|[\d.]+")
_LINK = re.compile(r"\]\(([\w./-]*)#([\w-]+)\)")
#: Settings of whoever works on a server, which the server itself does not look at.
ELSEWHERE = "SW_LEASE_SECONDS"


@pytest.fixture(params=sorted(PAGES.glob("*.md")), ids=lambda page: page.name)
def page(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_settings_have_the_values_that_a_table_tells() -> None:
    text = (PAGES / "jobs.md").read_text("utf-8").partition("| setting | default |")[2].partition("\n\n")[0]
    told = dict(_ROW.findall(text))
    assert {"executor", "most_jobs", "lease"} <= set(told)
    for name, value in told.items():
        default = ServerSettings.model_fields[name].default
        if _VALUE.fullmatch(value.strip()):  # and no words that describe it
            shown = f"{default:g}" if isinstance(default, float) else str(default)
            assert value.strip().strip("`") == shown, name


def test_variables_of_a_server_are_its_settings(page: Path) -> None:
    text = page.read_text("utf-8")
    for variable in re.findall(rf"\b{PREFIX}([A-Z_]+)\b", text):
        assert variable.lower() in {*NAMES, "config"}, variable
    assert ELSEWHERE not in text


def test_sections_that_pages_point_to_are_there(page: Path) -> None:
    for target, anchor in _LINK.findall(page.read_text("utf-8")):
        other = (page.parent / target).resolve() if target else page
        heads = re.findall(r"^#+ (.+)$", other.read_text("utf-8"), re.MULTILINE)
        assert anchor in set(map(_anchor, heads)), anchor


def _anchor(head: str) -> str:
    given = re.search(r"{#([\w-]+)}", head)
    return given[1] if given else re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-")


def test_commands_of_a_server_are_there(page: Path) -> None:
    for noun in (server, instance):
        context = click.Context(noun)
        for word in re.findall(rf"\bswcli {noun.name} ([a-z][a-z-]+)", page.read_text("utf-8")):
            assert noun.get_command(context, word) is not None, f"swcli {noun.name} {word}"


def test_every_page_is_told_of_on_the_first() -> None:
    first = (PAGES / "index.md").read_text("utf-8")
    assert [each.name for each in sorted(PAGES.glob("*.md")) if f"({each.name})" not in first] == ["index.md"]
