"""Projects of a server, over a real socket."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.remote_server import Served

from starwhale.core.errors import Conflict, Forbidden, NotFound, Unauthorized, Unavailable, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.page import LARGEST, PageRequest
from starwhale.core.settings import Settings
from starwhale.instance.remote import RemoteInstance


def test_projects_are_made_listed_removed_and_recovered(team: RemoteInstance) -> None:
    me, projects = team.actor, team.projects
    for name in ("b", "a", "c"):
        projects.create(me, f"{me.name}-{name}", description=name)
    # Others of the same server may have opened theirs to everybody.
    known = list(projects.list(me, PageRequest(size=LARGEST)))
    assert [each.description for each in known if each.name.startswith(me.name)] == ["a", "b", "c"]
    first, second = (projects.list(me, PageRequest(number=number, size=2)) for number in (1, 2))
    assert ([*first, *second], first.total) == (known[:4], len(known))
    assert list(projects.list(me, PageRequest(number=999, size=2))) == []
    projects.remove(me, f"{me.name}-a")
    with pytest.raises(NotFound, match="no project"):
        projects.get(me, f"{me.name}-a")
    assert projects.list(me).total == len(known) - 1
    assert projects.recover(me, f"{me.name}-a").description == "a"
    with pytest.raises(Conflict):
        projects.create(me, f"{me.name}-a")


def test_who_is_no_member_learns_nothing(server: Served, project: str, tmp_path: Path) -> None:
    with server.instance(tmp_path / "eve", f"eve-{project}") as eve:
        for act in (eve.projects.get, eve.projects.remove, eve.projects.recover):
            with pytest.raises(NotFound):
                act(eve.actor, project)
        with pytest.raises(NotFound):
            eve.artifacts.list(eve.actor, project, Kind.DATASET)


def test_a_token_that_counts_no_more_says_how_to_log_in(server: Served, tmp_path: Path) -> None:
    settings = Settings.at(tmp_path)
    with RemoteInstance("team", server.url, token="sw_nonsense", settings=settings) as stranger:
        with pytest.raises(Unauthorized) as told:
            stranger.projects.create(stranger.actor, "x")
        assert told.value.hint == f"log in: `swcli instance login {server.url} --alias team`"
    with (
        RemoteInstance("team", server.url, settings=settings) as nobody,
        pytest.raises((Unauthorized, Forbidden)),
    ):
        nobody.projects.create(nobody.actor, "x")


def test_a_server_that_is_away_is_one_sentence(tmp_path: Path) -> None:
    with (
        RemoteInstance("team", "http://127.0.0.1:9", settings=Settings.at(tmp_path)) as away,
        pytest.raises(Unavailable, match="team does not answer"),
    ):
        away.projects.list(away.actor)


def test_what_a_server_lacks_is_one_sentence(team: RemoteInstance) -> None:
    with pytest.raises(UsageError, match="'team' is a server"):
        _ = team.collection
