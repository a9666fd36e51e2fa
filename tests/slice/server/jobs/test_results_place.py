"""Results go to the project that a job was made for, and to none that is only called like it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.slice.server.conftest import ClientOf
from tests.slice.server.jobs.conftest import Live
from tests.slice.server.jobs.test_work import Desk

from starwhale.core.actor import Actor
from starwhale.core.errors import NotFound
from starwhale.evaluations.results import ResultStore, evaluation_prefix
from starwhale.jobs.wire import lease_from_json
from starwhale.server.services import Services

ROOT = Actor(name="root", admin=True)
ROWS = {"d/0": {"output": 1}}


@pytest.fixture
def desk(services: Services, client_of: ClientOf, tmp_path: Path) -> Iterator[Desk]:
    """A job of the project ``self`` whose results go to the project ``results``."""
    services.users.ensure_administrator()
    services.projects.create(ROOT, "results")
    Live(app=client_of("").app, url="", settings=None).stock(tmp_path / "code")  # type: ignore[arg-type]
    yield Desk(services, client_of(""), "results")
    services.work.close()


def report(desk: Desk, lease: dict[str, Any], sequence: int = 1) -> Any:
    progress = {"lease": lease, "upto": 1, "rows": 1, "failed": 0}
    return desk.report(ROWS, progress, sequence=sequence)


def test_a_worker_begins_no_table_in_a_removed_project(desk: Desk) -> None:
    lease = desk.lease()
    desk.house.projects.remove(ROOT, "results")
    assert report(desk, lease).status_code == 404
    assert desk.house.revisions.paths("results/") == []
    assert desk.done() == 0


def test_nor_in_another_project_that_has_taken_the_name(desk: Desk) -> None:
    lease = desk.lease()
    for forget in (None, desk.house.projects.purge):
        desk.house.projects.remove(ROOT, "results")
        if forget is not None:
            forget(ROOT, "results")
        desk.house.projects.create(ROOT, "results")
        assert report(desk, lease).status_code == 404
        assert desk.house.revisions.paths("results/") == []


def test_a_worker_on_this_machine_is_held_to_the_same(desk: Desk) -> None:
    lease = lease_from_json(desk.lease())
    house = desk.house
    house.projects.remove(ROOT, "results")
    for taken in (False, True):
        if taken:
            house.projects.create(ROOT, "results")
        for guard in (house.ledger.advance(lease, 1, 1, 0), house.ledger.complete(lease, 1, 0)):
            store = ResultStore(house.tables, project="results", job=desk.job.id)
            store.log("results", "d/0", {"output": 1})
            with pytest.raises(NotFound, match="was removed"):
                store.flush(guard=guard)
            store.close()
    assert house.revisions.paths("results/") == []


def test_no_table_begins_below_a_name_that_no_project_has(services: Services) -> None:
    for project in ("nowhere", "~removed", ""):
        store = ResultStore(services.tables, project=project, job="a" * 40)
        store.log("results", "d/0", {"output": 1})
        with pytest.raises(NotFound, match="to write to"):
            store.flush()
        store.close()


def test_results_go_on_once_the_project_is_back(desk: Desk) -> None:
    lease = desk.lease()
    assert report(desk, lease).status_code == 204
    desk.house.projects.remove(ROOT, "results")
    late = {"lease": lease, "upto": 2, "rows": 1, "failed": 0}
    assert desk.report({"d/1": {"output": 2}}, late, sequence=2).status_code == 404
    desk.house.projects.recover(ROOT, "results")
    assert desk.report({"d/1": {"output": 2}}, late, sequence=3).status_code == 204
    found = ResultStore(desk.house.tables, project="results", job=desk.job.id)
    assert [row["output"] for row in found.scan("results")] == [1, 2]
    assert desk.house.revisions.paths(evaluation_prefix("results", desk.job.id))
