"""Whoever reads a list to its end meets each of its items once, whatever comes and goes meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.contract.server.houses import Team

Act = Callable[[str], object]


def read_on(team: Team, path: str, come: Act, go: Act, *, name: str = "name", **asked: Any) -> list[str]:
    """Names on all pages of two; after each, one comes in front of all, and the first that was met goes."""
    met: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = team.owner.done("GET", path, params={"size": 2, **asked, **cursor})
        met += [each[name] for each in page["items"]]
        if page["next"] is None:
            return met
        cursor = {"cursor": page["next"]}
        come(f"new-{len(met)}")
        go(met[len(met) // 2 - 1])


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("sort", ["name", "created", "changed"])
def test_projects(team: Team, sort: str, down: bool) -> None:
    beginning = f"t{team.number}-pages-{sort}-{int(down)}".lower()

    def come(name: str) -> None:
        team.owner.done("POST", "/projects", 201, json={"name": f"{beginning}-{name}"})

    def go(name: str) -> None:
        team.owner.done("DELETE", f"/projects/{name}")

    names = [f"p{number}" for number in range(7)]
    for each in names:
        come(each)
    met = read_on(team, "/projects", come, go, search=beginning, sort=sort, descending=down)
    old = [each for each in met if not each.startswith(f"{beginning}-new-")]
    assert sorted(old) == [f"{beginning}-{each}" for each in names]
    assert len(met) == len(set(met))


def test_views(team: Team) -> None:
    numbers: dict[str, int] = {}

    def come(name: str) -> None:
        made = team.owner.done("POST", f"{team.path}/views", 201, json={"name": name, "content": {}})
        numbers[name] = made["id"]

    for number in range(7):
        come(f"old-{number}")
    met = read_on(
        team, f"{team.path}/views", come, lambda name: team.owner.delete(f"{team.path}/views/{numbers[name]}")
    )
    assert [each for each in met if each.startswith("old-")] == [f"old-{number}" for number in range(7)]


def test_the_audit(team: Team) -> None:
    for number in range(6):
        team.owner.done("PATCH", team.path, json={"description": str(number)})
    every = [each["id"] for each in team.owner.done("GET", f"{team.path}/events")["items"]]

    def come(text: str) -> None:
        team.owner.done("PATCH", team.path, json={"description": text})

    assert read_on(team, f"{team.path}/events", come, lambda _: None, name="id") == every


def test_members(team: Team) -> None:
    def come(name: str) -> None:
        team.member(f"a-{name}", "GUEST")

    def go(user: str) -> None:
        if user.startswith("old-"):
            team.owner.done("DELETE", f"{team.path}/members/{user}", 204)

    for number in range(6):
        team.member(f"old-{number}", "GUEST")
    met = read_on(team, f"{team.path}/members", come, go, name="user")
    old = [each for each in met if each.startswith("old-")]
    assert old == [team.user(f"old-{number}") for number in range(6)]
    assert len(met) == len(set(met))


def test_tokens_and_the_size_of_a_page(team: Team) -> None:
    """The newest come first; and whoever asks for larger pages from here on misses nothing."""

    def come(name: str) -> None:
        team.owner.done("POST", "/me/tokens", 201, json={"name": name})

    for number in range(6):
        come(f"old-{number}")
    first = team.owner.done("GET", "/me/tokens", params={"size": 2})
    for number in range(3):
        come(f"new-{number}")
    rest = team.owner.done("GET", "/me/tokens", params={"size": 50, "cursor": first["next"]})
    met = [each["name"] for each in (*first["items"], *rest["items"]) if each["name"].startswith("old-")]
    assert met == [f"old-{number}" for number in reversed(range(6))]


@pytest.mark.parametrize(
    "path", ["", "/jobs", "/models", "/views", "/tables", "/events", "/trash", "/runs", "/webhooks"]
)
def test_a_cursor_of_another_list_is_refused(team: Team, path: str) -> None:
    told = team.owner.get(
        f"{team.path}{path}" if path else "/projects", params={"cursor": "WzEsMiwzLDQsNSw2XQ"}
    )
    assert (told.status_code, told.json()["code"]) == (400, "usage"), told.text


@pytest.mark.parametrize("cursor", ["W251bGxd", "WzBd", "Wy0xXQ", "MToy"], ids=["null", "0", "-1", "1:2"])
def test_a_place_that_no_list_has_is_refused(team: Team, cursor: str) -> None:
    told = team.owner.get(f"{team.path}/members", params={"cursor": cursor})
    assert (told.status_code, told.json()["code"]) == (400, "usage"), told.text


def test_the_longest_name_of_a_table_is_no_end_of_their_list(team: Team) -> None:
    for name in ("鲸" * 500 + "一", "鲸" * 500 + "二"):
        team.fill("far", [(1, {"x": 1})], table=name)
    first = team.owner.done("GET", f"{team.path}/tables", params={"size": 1})
    second = team.owner.done("GET", f"{team.path}/tables", params={"size": 1, "cursor": first["next"]})
    assert first["items"] != second["items"]
