"""Removing and recovering."""

from __future__ import annotations

import pytest
from tests.slice.artifacts.conftest import ME, Shelf, uri, version

from starwhale.core.errors import Ambiguous, Conflict, NotFound
from starwhale.core.kinds import Kind


@pytest.fixture
def three(shelf: Shelf) -> Shelf:
    """A dataset with three versions, the last tagged `good`."""
    for content in range(2):
        shelf.publish("mnist", content)
    shelf.publish("mnist", 2, tags=["good"])
    return shelf


def shown(shelf: Shelf, *, include_removed: bool = False) -> list[tuple[int, bool]]:
    listed = shelf.service.list(ME, "self", Kind.DATASET, include_removed=include_removed)
    return [(one.seq, one.removed_at is not None) for one in listed]


def test_a_removed_artifact_is_gone_until_it_is_recovered(three: Shelf) -> None:
    assert str(three.service.remove(ME, uri("mnist"))) == "local/project/self/dataset/mnist"
    for word in ("mnist", "mnist/v0", version(0), "good"):
        with pytest.raises(NotFound):
            three.resolve(word)
    assert shown(three) == []
    assert shown(three, include_removed=True) == [(2, True), (1, True), (0, True)]
    with pytest.raises(NotFound) as caught:
        three.resolve("mnist")
    assert "dataset recover mnist" in caught.value.hint
    three.service.recover(ME, uri("mnist"))
    assert three.tags("mnist") == ("latest", "v2", "good")
    assert shown(three) == [(2, False), (1, False), (0, False)]


def test_a_removed_version_is_gone_until_it_is_recovered(three: Shelf) -> None:
    removed = three.service.remove(ME, uri("mnist/v1"))
    assert str(removed) == f"local/project/self/dataset/mnist/version/{version(1)}"
    for word in ("mnist/v1", version(1), f"mnist/{version(1)[:6]}"):
        with pytest.raises(NotFound):
            three.resolve(word)
    with pytest.raises(NotFound) as caught:
        three.resolve(f"mnist/{version(1)}")
    assert "recover" in caught.value.hint
    assert shown(three) == [(2, False), (0, False)]
    assert three.tags("mnist") == ("latest", "v2", "good")
    three.service.recover(ME, uri(f"mnist/{version(1)[:6]}"))
    assert three.tags("mnist/v1") == ("v1",)


def test_latest_falls_back_when_the_latest_version_is_removed(three: Shelf) -> None:
    three.service.remove(ME, uri("mnist/latest"))
    assert three.tags("mnist") == ("latest", "v1")
    three.service.recover(ME, uri("mnist/v2"))
    assert three.tags("mnist") == ("latest", "v2", "good")


def test_a_number_is_never_given_twice(three: Shelf) -> None:
    three.service.remove(ME, uri("mnist/latest"))
    three.service.remove(ME, uri("mnist/latest"), force=True)
    assert three.publish("mnist", "next").tags == ("latest", "v3")


def test_an_artifact_without_versions_says_so_and_takes_new_ones(three: Shelf) -> None:
    for seq in range(3):
        three.service.remove(ME, uri(f"mnist/v{seq}"))
    with pytest.raises(NotFound, match="no version left"):
        three.resolve("mnist")
    assert three.service.head(ME, "self", Kind.DATASET, "mnist") is None
    three.service.recover(ME, uri("mnist/v0"))
    assert three.tags("mnist") == ("latest", "v0")
    assert three.publish("mnist", "next", expected_head=version(0)).seq == 3


def test_a_version_is_recovered_by_its_tag(three: Shelf) -> None:
    three.service.remove(ME, uri("mnist/good"))
    three.service.recover(ME, uri("mnist/good"))
    assert three.tags("mnist/good") == ("latest", "v2", "good")


def test_what_is_removed_by_force_cannot_be_recovered(three: Shelf) -> None:
    three.service.remove(ME, uri("mnist/v1"), force=True)
    with pytest.raises(NotFound):
        three.service.recover(ME, uri("mnist/v1"))
    three.service.remove(ME, uri("mnist"), force=True)
    with pytest.raises(NotFound):
        three.service.recover(ME, uri("mnist"))
    assert shown(three, include_removed=True) == []


def test_an_artifact_whose_name_was_taken_meanwhile_changes_places_only_by_force(three: Shelf) -> None:
    three.service.remove(ME, uri("mnist"))
    three.publish("mnist", "new")
    with pytest.raises(Conflict, match="another dataset"):
        three.service.recover(ME, uri("mnist"))
    assert three.resolve("mnist").version == version("new")
    three.service.recover(ME, uri("mnist"), force=True)
    assert three.resolve("mnist").version == version(2)
    three.service.recover(ME, uri("mnist"), force=True)
    assert three.resolve("mnist").version == version("new")


def test_a_removed_name_is_free_for_another_with_numbers_of_its_own(three: Shelf) -> None:
    three.service.remove(ME, uri("mnist"))
    assert three.publish("mnist", 0).tags == ("latest", "v0")


def test_a_bare_version_removes_and_recovers_that_version(three: Shelf) -> None:
    three.service.remove(ME, uri(version(1)[:7]))
    assert shown(three) == [(2, False), (0, False)]
    three.service.recover(ME, uri(version(1)[:7]))
    assert shown(three) == [(2, False), (1, False), (0, False)]


def test_an_ambiguous_version_removes_and_recovers_nothing(shelf: Shelf) -> None:
    for last in "fg":
        shelf.publish("mnist", last, version="abcde" + last * 35)
    with pytest.raises(Ambiguous):
        shelf.service.remove(ME, uri("abcde"))
    assert len(shown(shelf)) == 2
    for seq in range(2):
        shelf.service.remove(ME, uri(f"mnist/v{seq}"))
    with pytest.raises(Ambiguous, match="mnist/version/abcdefffffff"):
        shelf.service.recover(ME, uri("mnist/abcde"))
    assert shown(shelf) == []


def test_what_was_not_removed_cannot_be_recovered(three: Shelf) -> None:
    with pytest.raises(Conflict, match="was not removed"):
        three.service.recover(ME, uri("mnist"))
    for word in ("mnist/v1", "mnist/good", "nothing", "no/v1", version(1)):
        with pytest.raises(NotFound):
            three.service.recover(ME, uri(word))


def test_artifacts_of_a_removed_project_come_back_with_it(three: Shelf) -> None:
    projects = three.service.projects
    projects.create(ME, "vision")
    three.publish("mnist", "v", project="vision")
    projects.remove(ME, "vision")
    with pytest.raises(NotFound, match="no project"):
        three.resolve("mnist", project="vision")
    projects.recover(ME, "vision")
    assert three.resolve("mnist", project="vision").version == version("v")
