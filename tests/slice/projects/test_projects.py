"""Projects: made, listed, removed, recovered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from starwhale.catalog.engine import Catalog
from starwhale.catalog.tablelog import CatalogRevisions
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, Forbidden, InvalidName, NotFound, UsageError
from starwhale.core.page import PageRequest
from starwhale.core.permissions import READ_PROJECT, Role
from starwhale.projects.service import ProjectService
from starwhale.storage.tables.ports import Extent

ME = Actor(name="me", admin=True)


@pytest.fixture
def projects(catalog: Catalog) -> ProjectService:
    service = ProjectService(catalog)
    service.ensure_default(ME)
    return service


def test_the_default_project_is_made_once(projects: ProjectService) -> None:
    projects.ensure_default(ME)
    assert [project.name for project in projects.list(ME)] == ["self"]


def test_the_default_project_cannot_be_removed(projects: ProjectService) -> None:
    with pytest.raises(UsageError, match="default project"):
        projects.remove(ME, "self")


def test_a_project_is_read_as_it_was_made(projects: ProjectService) -> None:
    made = projects.create(ME, "vision", description="what cameras see")
    assert projects.get(ME, "vision") == made
    assert (made.created_by, made.removed_at) == ("me", None)


def test_a_name_in_use_conflicts(projects: ProjectService) -> None:
    projects.create(ME, "vision")
    with pytest.raises(Conflict, match="vision"):
        projects.create(ME, "vision")


def test_a_name_with_a_slash_is_refused(projects: ProjectService) -> None:
    with pytest.raises(InvalidName):
        projects.create(ME, "a/b")


def test_of_many_who_make_one_project_at_once_one_succeeds(projects: ProjectService) -> None:
    def make(_: int) -> bool:
        try:
            projects.create(ME, "vision")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(make, range(8))) == [False] * 7 + [True]


def test_an_unknown_project_is_told_with_the_nearest_name(projects: ProjectService) -> None:
    projects.create(ME, "vision")
    with pytest.raises(NotFound) as caught:
        projects.get(ME, "visoin")
    assert "'vision'" in caught.value.hint


def test_pages_come_in_the_order_of_names(projects: ProjectService) -> None:
    for name in ("b", "a", "C", "_d", "10", "9"):
        projects.create(ME, name)
    first = projects.list(ME, PageRequest(size=4))
    rest = projects.list(ME, PageRequest(number=2, size=4))
    assert [project.name for project in (*first, *rest)] == ["10", "9", "C", "_d", "a", "b", "self"]
    assert (first.total, first.pages) == (7, 2)


def test_a_removed_project_is_gone_until_it_is_recovered(projects: ProjectService) -> None:
    projects.create(ME, "vision")
    projects.remove(ME, "vision")
    with pytest.raises(NotFound, match="vision") as caught:
        projects.get(ME, "vision")
    assert "recover" in caught.value.hint
    assert [project.name for project in projects.list(ME)] == ["self"]
    shown = projects.list(ME, include_removed=True)
    assert [(project.name, project.removed_at is None) for project in shown] == [
        ("self", True),
        ("vision", False),
    ]
    assert projects.recover(ME, "vision").removed_at is None
    assert projects.get(ME, "vision").name == "vision"


def test_a_project_whose_name_was_taken_meanwhile_cannot_be_recovered(projects: ProjectService) -> None:
    projects.create(ME, "vision", description="old")
    projects.remove(ME, "vision")
    projects.create(ME, "vision", description="new")
    with pytest.raises(Conflict, match="another project"):
        projects.recover(ME, "vision")
    assert projects.get(ME, "vision").description == "new"


def test_the_project_removed_last_is_the_one_recovered(projects: ProjectService) -> None:
    for description in ("first", "second"):
        projects.create(ME, "vision", description=description)
        projects.remove(ME, "vision")
    assert projects.recover(ME, "vision").description == "second"


def test_what_was_never_removed_cannot_be_recovered(projects: ProjectService) -> None:
    projects.create(ME, "vision")
    with pytest.raises(Conflict, match="was not removed"):
        projects.recover(ME, "vision")
    with pytest.raises(NotFound):
        projects.recover(ME, "nothing")


def person(name: str, number: int, *own: int) -> Actor:
    return Actor(name=name, user=number, roles=dict.fromkeys(own, Role.OWNER))


def numbers(projects: ProjectService) -> dict[str, int]:
    with projects.catalog.read() as session:
        return {name: number for number, name in session.execute(select(ProjectRow.id, ProjectRow.name))}


def test_a_removed_project_is_purged_for_ever(projects: ProjectService) -> None:
    projects.create(ME, "vision")
    with pytest.raises(Conflict, match="was not removed"):
        projects.purge(ME, "vision")
    projects.remove(ME, "vision")
    projects.purge(ME, "vision")
    assert "vision" not in numbers(projects)
    for again in (projects.recover, projects.purge):
        with pytest.raises(NotFound):
            again(ME, "vision")


def test_the_number_of_a_purged_project_is_never_given_again(projects: ProjectService) -> None:
    given: list[int] = []
    for _ in range(3):
        projects.create(ME, "vision")
        given.append(numbers(projects)["vision"])
        projects.remove(ME, "vision")
        projects.purge(ME, "vision")
    assert len(set(given)) == 3


def test_everybody_finds_his_own_removed_project(projects: ProjectService) -> None:
    owned: dict[str, int] = {}
    for name in ("ada", "grace"):
        projects.create(ME, "vision", description=name)
        owned[name] = numbers(projects)["vision"]
        projects.remove(ME, "vision")
    ada, eve = person("ada", 1, owned["ada"]), person("eve", 3)
    for do in (projects.recover, projects.purge):
        with pytest.raises(NotFound, match="no removed project"):
            do(eve, "vision")
    elsewhere = replace(ada, project=owned["grace"])
    reading = replace(ada, scopes=frozenset({READ_PROJECT}))
    for limited in (elsewhere, reading):
        with pytest.raises(NotFound, match="no removed project"):
            projects.purge(limited, "vision")
    assert projects.recover(ada, "vision").description == "ada"
    with pytest.raises(Conflict, match="was not removed"):
        projects.purge(ada, "vision")
    maintainer = Actor(name="max", user=4, roles={owned["ada"]: Role.MAINTAINER})
    for do in (projects.recover, projects.purge):
        with pytest.raises(Forbidden):
            do(maintainer, "vision")


def test_tables_go_aside_even_if_one_is_begun_meanwhile(projects: ProjectService) -> None:
    """Whoever begins a table has either ended before the project is removed, or finds it removed."""
    revisions = CatalogRevisions(projects.catalog)

    def begin(number: int) -> bool:
        extent = Extent(writer=f"w{number:031d}", offset=0, length=1, rows=1)
        try:
            revisions.commit([(f"vision/t{number}", extent)], None)
        except NotFound:
            return False
        return True

    projects.create(ME, "vision")
    with ThreadPoolExecutor(4) as pool:
        begun = [pool.submit(begin, number) for number in range(20)]
        pool.submit(projects.remove, ME, "vision").result()
        late = [pool.submit(begin, number) for number in range(20, 24)]
        made = sum(each.result() for each in begun)
        assert not any(each.result() for each in late)
    assert revisions.paths("vision/") == []
    projects.recover(ME, "vision")
    assert len(revisions.paths("vision/")) == made
