"""Tags: put on, moved, taken away."""

from __future__ import annotations

import pytest
from tests.slice.artifacts.conftest import ME, Shelf, uri, version

from starwhale.core.errors import Conflict, InvalidName, NotFound


@pytest.fixture
def two(shelf: Shelf) -> Shelf:
    """A dataset with two versions, the first tagged `good`."""
    shelf.publish("mnist", 1, tags=["good"])
    shelf.publish("mnist", 2)
    return shelf


def test_tags_are_put_on_the_version_that_is_meant(two: Shelf) -> None:
    assert two.service.add_tags(ME, uri("mnist"), ["b", "a", "a"]).tags == ("latest", "v1", "a", "b")
    assert two.service.add_tags(ME, uri("mnist/v0"), ["c"]).tags == ("v0", "c", "good")
    assert two.resolve("mnist/a").version == version(2)


def test_a_tag_put_on_twice_changes_nothing(two: Shelf) -> None:
    assert two.service.add_tags(ME, uri("mnist/v0"), ["good"]).tags == ("v0", "good")


def test_a_taken_tag_moves_only_with_force(two: Shelf) -> None:
    with pytest.raises(Conflict, match="'good'"):
        two.service.add_tags(ME, uri("mnist"), ["fresh", "good"])
    assert two.tags("mnist") == ("latest", "v1")
    two.service.add_tags(ME, uri("mnist"), ["good"], force=True)
    assert (two.tags("mnist/v0"), two.tags("mnist")) == (("v0",), ("latest", "v1", "good"))


def test_a_removed_version_gives_its_tag_up(two: Shelf) -> None:
    two.service.remove(ME, uri("mnist/v0"))
    two.service.add_tags(ME, uri("mnist"), ["good"])
    two.service.recover(ME, uri("mnist/v0"))
    assert (two.tags("mnist/v0"), two.tags("mnist")) == (("v0",), ("latest", "v1", "good"))


@pytest.mark.parametrize("tag", ["latest", "v0", "v123", "a/b", "a" * 81, version(9)])
def test_reserved_and_illegal_tags_are_refused(two: Shelf, tag: str) -> None:
    with pytest.raises(InvalidName):
        two.service.add_tags(ME, uri("mnist"), [tag])
    with pytest.raises(InvalidName):
        two.service.remove_tags(ME, uri("mnist"), [tag])


def test_a_tag_is_taken_away_from_the_artifact_or_from_one_version(two: Shelf) -> None:
    with pytest.raises(NotFound, match="'good'"):
        two.service.remove_tags(ME, uri("mnist/v1"), ["good"])
    two.service.remove_tags(ME, uri("mnist"), ["good"])
    assert two.tags("mnist/v0") == ("v0",)
    with pytest.raises(NotFound):
        two.resolve("mnist/good")


def test_an_unknown_tag_is_told_with_the_nearest_and_nothing_is_taken_away(two: Shelf) -> None:
    with pytest.raises(NotFound) as caught:
        two.service.remove_tags(ME, uri("mnist"), ["good", "goof"])
    assert "'good'" in caught.value.hint
    assert two.tags("mnist/v0") == ("v0", "good")


def test_tags_of_two_artifacts_do_not_meet(two: Shelf) -> None:
    two.publish("cifar", 3, tags=["good"])
    assert two.resolve("mnist/good").version == version(1)
    assert two.resolve("cifar/good").version == version(3)
