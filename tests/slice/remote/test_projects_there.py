"""Projects of a server, over a real socket."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.remote_server import Served

from starwhale.core.errors import Conflict, Forbidden, NotFound, Unauthorized, Unavailable, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.page import PageRequest
from starwhale.core.settings import Settings
from starwhale.instance.remote import RemoteInstance


def test_projects_are_made_listed_removed_and_recovered(team: RemoteInstance) -> None:
    me, projects = team.actor, team.projects
    for name in ("b", "a", "c"):
        projects.create(me, f"{me.name}-{name}", description=name)
    found = projects.list(me, PageRequest(size=2))
    assert ([each.description for each in found], found.total) == (["a", "b"], 3)
    second = projects.list(me, PageRequest(number=2, size=2))
    assert [each.description for each in second] == ["c"]
    assert list(projects.list(me, PageRequest(number=9, size=2))) == []
    projects.remove(me, f"{me.name}-a")
    with pytest.raises(NotFound, match="no project"):
        projects.get(me, f"{me.name}-a")
    assert projects.list(me).total == 2
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
