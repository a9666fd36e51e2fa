"""New versions: numbers, head, tags, events."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from tests.slice.artifacts.conftest import ME, Shelf, digest, uri, version

from starwhale.catalog.tables.events import EventRow
from starwhale.core.errors import Conflict, InvalidName, NotFound
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri


def test_a_version_is_read_as_it_was_published(shelf: Shelf) -> None:
    made = shelf.publish(
        "mnist", 1, message="first", size=7, meta={"rows": 3}, tags=["b", "a"], parent=version(0)
    )
    assert (made.version, made.manifest, made.parent) == (version(1), digest(1), version(0))
    assert (made.message, made.size, made.meta, made.seq) == ("first", 7, {"rows": 3}, 0)
    assert made.tags == ("latest", "v0", "a", "b")
    assert (made.created_by, made.removed_at, made.is_new) == ("me", None, True)
    read = shelf.resolve("mnist")
    assert read.is_latest
    assert read == shelf.service.head(ME, "self", Kind.DATASET, "mnist")
    assert (read.tags, read.created_at, read.meta) == (made.tags, made.created_at, made.meta)


def test_every_new_version_gets_the_next_number_and_latest(shelf: Shelf) -> None:
    tags = [shelf.publish("mnist", content).tags for content in range(3)]
    assert tags == [("latest", "v0"), ("latest", "v1"), ("latest", "v2")]
    assert [shelf.tags(f"mnist/{tag}") for tag in ("v0", "v1", "v2")] == [("v0",), ("v1",), ("latest", "v2")]


def test_the_same_content_again_makes_no_second_version(shelf: Shelf) -> None:
    first = shelf.publish("mnist", 1, tags=["old"])
    again = shelf.publish("mnist", 1, tags=["new"], manifest=digest("another"))
    assert (again.is_new, again.seq, again.created_at) == (False, 0, first.created_at)
    assert again.manifest == first.manifest
    assert again.tags == ("latest", "v0", "new", "old")
    assert shelf.service.history(ME, uri("mnist")).total == 1


def test_latest_returns_to_an_older_version_that_is_published_again(shelf: Shelf) -> None:
    shelf.publish("mnist", 1)
    shelf.publish("mnist", 2)
    assert shelf.publish("mnist", 1).tags == ("latest", "v0")
    assert shelf.tags("mnist/v1") == ("v1",)
    assert shelf.publish("mnist", 3).tags == ("latest", "v2")


def test_kinds_projects_and_names_have_versions_of_their_own(shelf: Shelf) -> None:
    shelf.service.projects.create(ME, "other")
    for where in ({}, {"kind": Kind.MODEL}, {"project": "other"}):
        assert shelf.publish("mnist", 1, **where).seq == 0
    assert shelf.publish("cifar", 1).seq == 0


def test_a_head_that_is_not_the_expected_one_conflicts_and_changes_nothing(shelf: Shelf) -> None:
    shelf.publish("mnist", 1, expected_head=None)
    shelf.publish("mnist", 2, expected_head=version(1))
    for stale in (None, version(1), version("never")):
        with pytest.raises(Conflict, match="changed meanwhile"):
            shelf.publish("mnist", 3, expected_head=stale, tags=["t"])
    assert shelf.resolve("mnist").version == version(2)
    assert shelf.tags("mnist") == ("latest", "v1")
    with pytest.raises(Conflict):
        shelf.publish("empty", 1, expected_head=version(0))
    with pytest.raises(NotFound):
        shelf.resolve("empty")


def test_a_commit_repeated_after_its_answer_was_lost_succeeds(shelf: Shelf) -> None:
    shelf.publish("mnist", 1)
    shelf.publish("mnist", 2, expected_head=version(1))
    assert not shelf.publish("mnist", 2, expected_head=version(1)).is_new


def test_a_commit_repeated_after_somebody_went_on_takes_nothing_back(shelf: Shelf) -> None:
    shelf.publish("mnist", 1)
    shelf.publish("mnist", 2, expected_head=version(1))
    shelf.publish("mnist", 3, expected_head=version(2))
    with pytest.raises(Conflict):
        shelf.publish("mnist", 2, expected_head=version(1))
    assert shelf.resolve("mnist").version == version(3)


def test_a_tag_that_is_taken_conflicts_and_nothing_is_published(shelf: Shelf) -> None:
    shelf.publish("mnist", 1, tags=["good"])
    with pytest.raises(Conflict, match="'good'"):
        shelf.publish("mnist", 2, tags=["fine", "good"])
    assert shelf.tags("mnist") == ("latest", "v0", "good")
    assert shelf.publish("mnist", 2, tags=["good"], force_tags=True).tags == ("latest", "v1", "good")
    assert shelf.tags("mnist/v0") == ("v0",)


@pytest.mark.parametrize("tag", ["latest", "v7", "a b", "", "x" * 81])
def test_tags_that_nobody_may_set_are_refused(shelf: Shelf, tag: str) -> None:
    with pytest.raises(InvalidName):
        shelf.publish("mnist", 1, tags=[tag])
    assert shelf.service.head(ME, "self", Kind.DATASET, "mnist") is None


def test_a_name_with_illegal_characters_is_refused(shelf: Shelf) -> None:
    with pytest.raises(InvalidName, match="'/'"):
        shelf.publish("a/b", 1)


def test_an_unknown_project_is_told_with_the_nearest(shelf: Shelf) -> None:
    with pytest.raises(NotFound) as caught:
        shelf.publish("mnist", 1, project="slef")
    assert "'self'" in caught.value.hint


def test_a_version_that_was_removed_comes_back_when_it_is_published_again(shelf: Shelf) -> None:
    shelf.publish("mnist", 1)
    shelf.publish("mnist", 2)
    shelf.service.remove(ME, uri("mnist/v1"))
    again = shelf.publish("mnist", 2)
    assert (again.tags, again.is_new, again.removed_at) == (("latest", "v1"), False, None)
    assert shelf.resolve("mnist").version == version(2)


def test_every_change_leaves_an_event_and_a_failed_one_leaves_none(shelf: Shelf) -> None:
    shelf.publish("mnist", 1, tags=["t"])
    with pytest.raises(Conflict):
        shelf.publish("mnist", 2, tags=["t"])
    shelf.service.add_tags(ME, uri("mnist"), ["u"])
    shelf.service.remove_tags(ME, uri("mnist"), ["u"])
    shelf.service.remove(ME, uri("mnist"))
    shelf.service.recover(ME, uri("mnist"))
    with shelf.service.catalog.read() as session:
        events = session.execute(
            select(EventRow.name, EventRow.actor, EventRow.payload).order_by(EventRow.id)
        ).all()
    assert [name for name, _, _ in events] == [
        "project.created",
        "dataset.published",
        "dataset.tagged",
        "dataset.untagged",
        "dataset.removed",
        "dataset.recovered",
    ]
    assert {actor for _, actor, _ in events} == {"me"}
    assert events[1].payload["version"] == version(1)
    assert all(event.payload["name"] == "mnist" for event in events[1:])


def test_the_address_of_a_version_leads_back_to_it(shelf: Shelf) -> None:
    made = shelf.publish("mnist", 1)
    full = ArtifactUri(
        instance="local", project="self", kind=Kind.DATASET, name="mnist", version=made.version
    )
    assert shelf.resolve(str(full)).version == made.version
    assert shelf.resolve(str(made)).version == made.version
