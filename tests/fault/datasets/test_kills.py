"""kill -9 in the middle of commits and of logging: nothing acknowledged is lost, nothing is half there."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from starwhale import Evaluation, dataset
from starwhale.instance.local import LocalInstance

pytestmark = pytest.mark.fault

Killed = Callable[[str, int, float], list[tuple[int, int, str]]]


def check_commits(acknowledged: list[tuple[int, int, str]]) -> None:
    head = dataset("killed")
    rows = {row.index: row.features for row in head}
    for life, number, _version in acknowledged:
        for key in range(3):
            row = rows[f"{life}-{number}-{key}"]
            assert (row.life, row.number, len(row.payload)) == (life, number, 100)
    # A commit is there with all its rows or not at all, acknowledged or not.
    groups: dict[tuple[int, int], int] = {}
    for row in rows.values():
        groups[row.life, row.number] = groups.get((row.life, row.number), 0) + 1
    assert set(groups.values()) == {3}
    assert len(head) == len(rows)
    last = acknowledged[-1][2]
    assert len(dataset(f"killed/version/{last}")) > 0


def commit_and_kill(rounds: int, killed_after: Killed) -> None:
    chance = random.Random(4)
    acknowledged: list[tuple[int, int, str]] = []
    for life in range(rounds):
        acknowledged = killed_after("commits", life, chance.uniform(0, 0.08))
        check_commits(acknowledged[-200:])
    check_commits(acknowledged)


def log_and_kill(rounds: int, killed_after: Killed) -> None:
    chance = random.Random(5)
    for life in range(rounds):
        acknowledged = killed_after("logs", life, chance.uniform(0, 0.05))
        rows = list(Evaluation("killed").scan("results"))
        assert len({row["id"] for row in rows}) == len(rows)
        found: dict[tuple[int, int], int] = {}
        for row in rows:
            found[row["life"], row["number"]] = found.get((row["life"], row["number"]), 0) + 1
        assert set(found.values()) == {50}
        assert {(life, number) for life, number, _ in acknowledged} <= set(found)


def test_commits_survive_being_killed(store: LocalInstance, killed_after: Killed) -> None:
    commit_and_kill(8, killed_after)


def test_logged_rows_survive_being_killed(store: LocalInstance, killed_after: Killed) -> None:
    log_and_kill(6, killed_after)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_commits_survive_being_killed_a_hundred_times(store: LocalInstance, killed_after: Killed) -> None:
    commit_and_kill(100, killed_after)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_logged_rows_survive_being_killed_a_hundred_times(store: LocalInstance, killed_after: Killed) -> None:
    log_and_kill(100, killed_after)
