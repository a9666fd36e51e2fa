"""What an address means."""

from __future__ import annotations

import pytest
from tests.slice.artifacts.conftest import ME, Shelf, uri, version

from starwhale.artifacts.schemas import ArtifactFilter
from starwhale.core.errors import Ambiguous, NotFound, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.page import PageRequest
from starwhale.core.uri import ArtifactUri

COMMON = "abcde"


def twins(shelf: Shelf) -> tuple[str, str]:
    """Two versions of one dataset that begin alike."""
    pair = (COMMON + "f" * 35, COMMON + "g" * 35)
    for one in pair:
        shelf.publish("mnist", one, version=one)
    return pair


@pytest.mark.parametrize("form", ["mnist/version/{}", "mnist/{}", "version/{}", "{}"])
@pytest.mark.parametrize("length", [5, 12, 40])
def test_a_beginning_of_five_characters_or_more_means_the_version(
    shelf: Shelf, form: str, length: int
) -> None:
    shelf.publish("mnist", 1)
    shelf.publish("mnist", 2)
    assert shelf.resolve(form.format(version(1)[:length])).version == version(1)


def test_a_beginning_of_four_characters_means_nothing(shelf: Shelf) -> None:
    shelf.publish("mnist", 1)
    with pytest.raises(NotFound, match="no version"):
        shelf.resolve(f"mnist/{version(1)[:4]}")
    with pytest.raises(NotFound) as caught:
        shelf.resolve(version(1)[:4])
    assert "5 characters" in caught.value.hint


@pytest.mark.parametrize("word", [COMMON, f"mnist/{COMMON}", f"version/{COMMON}"])
def test_an_ambiguous_beginning_lists_the_candidates(shelf: Shelf, word: str) -> None:
    first, second = twins(shelf)
    with pytest.raises(Ambiguous) as caught:
        shelf.resolve(word)
    assert f"mnist/version/{first[:12]}" in caught.value.message
    assert f"mnist/version/{second[:12]}" in caught.value.message


def test_a_longer_beginning_decides(shelf: Shelf) -> None:
    first, second = twins(shelf)
    assert shelf.resolve(COMMON + "f").version == first
    assert shelf.resolve("mnist/" + COMMON + "gg").version == second


def test_a_bare_word_is_a_name_before_it_is_a_tag_and_a_tag_before_a_version(shelf: Shelf) -> None:
    word = COMMON
    by_version = shelf.publish("one", "a", version=word + "z" * 35)
    assert shelf.resolve(word).version == by_version.version
    by_tag = shelf.publish("two", "b", tags=[word])
    assert shelf.resolve(word).version == by_tag.version
    by_name = shelf.publish(word, "c")
    assert shelf.resolve(word).version == by_name.version


def test_a_tag_of_several_artifacts_is_ambiguous_as_a_bare_word_only(shelf: Shelf) -> None:
    shelf.publish("one", 1, tags=["good"])
    shelf.publish("two", 2, tags=["good"])
    with pytest.raises(Ambiguous, match="one/version"):
        shelf.resolve("good")
    assert shelf.resolve("two/good").version == version(2)


def test_reserved_tags_mean_what_they_say(shelf: Shelf) -> None:
    for content in range(12):
        shelf.publish("mnist", content)
    assert shelf.resolve("mnist/latest").version == version(11)
    assert shelf.resolve("mnist/version/v1").version == version(1)
    assert shelf.resolve("version/v11").version == version(11)
    for nothing in ("mnist/v12", "mnist/v01", "mnist/v" + "9" * 30):
        with pytest.raises(NotFound):
            shelf.resolve(nothing)


def test_the_version_of_another_artifact_is_not_found(shelf: Shelf) -> None:
    shelf.publish("one", 1, tags=["t"])
    shelf.publish("two", 2)
    for word in (version(1), version(1)[:8], "t"):
        with pytest.raises(NotFound, match="of dataset 'two'"):
            shelf.resolve(f"two/{word}")


def test_things_of_another_kind_or_project_are_not_found(shelf: Shelf) -> None:
    shelf.service.projects.create(ME, "other")
    shelf.publish("mnist", 1)
    with pytest.raises(NotFound, match="no model 'mnist'"):
        shelf.resolve("mnist", kind=Kind.MODEL)
    with pytest.raises(NotFound, match="in project 'other'"):
        shelf.resolve("mnist", project="other")
    with pytest.raises(NotFound):
        shelf.resolve(version(1), project="other")
    with pytest.raises(NotFound, match="no project 'nowhere'"):
        shelf.resolve("mnist", project="nowhere")


def test_an_unknown_name_is_told_with_the_nearest(shelf: Shelf) -> None:
    shelf.publish("mnist", 1, tags=["good"])
    with pytest.raises(NotFound) as caught:
        shelf.resolve("mnits")
    assert (caught.value.message, caught.value.hint) == (
        "no dataset 'mnits' in project 'self'",
        "did you mean 'mnist'?",
    )
    with pytest.raises(NotFound) as caught:
        shelf.resolve("mnist/godo")
    assert caught.value.hint == "did you mean 'good'?"


def test_a_name_with_a_version_is_no_bare_word(shelf: Shelf) -> None:
    shelf.publish("mnist", 1, tags=["good"])
    address = ArtifactUri(instance="local", project="self", kind=Kind.DATASET, name="good")
    with pytest.raises(NotFound):
        shelf.service.resolve(ME, address)


def test_there_is_no_head_of_what_is_not_there(shelf: Shelf) -> None:
    assert shelf.service.head(ME, "self", Kind.DATASET, "mnist") is None


def test_lists_show_the_newest_first_by_pages(shelf: Shelf) -> None:
    for content in range(5):
        shelf.publish(f"set{content % 2}", content)
    shelf.publish("net", "m", kind=Kind.MODEL)
    page = shelf.service.list(ME, "self", Kind.DATASET, page=PageRequest(number=2, size=2))
    assert [(one.name, one.seq) for one in page] == [("set0", 1), ("set1", 0)]
    assert (page.total, page.pages) == (5, 3)


def test_lists_obey_their_filters(shelf: Shelf) -> None:
    for content in range(3):
        shelf.publish("mnist", content)
    shelf.publish("Mnist", "other")
    shelf.publish("mn_st", "wild")

    def shown(*words: str) -> list[tuple[str, int]]:
        found = shelf.service.list(ME, "self", Kind.DATASET, ArtifactFilter.parse(words))
        return [(one.name, one.seq) for one in found]

    assert shown("latest") == [("mn_st", 0), ("Mnist", 0), ("mnist", 2)]
    assert shown("name=mn") == [("mn_st", 0), ("mnist", 2), ("mnist", 1), ("mnist", 0)]
    assert shown("name=mn_", "latest=true") == [("mn_st", 0)]
    assert shown(f"version={version(1)[:6]}") == [("mnist", 1)]
    assert shown("owner=somebody") == []
    assert len(shown("owner=me", "latest=false")) == 5
    with pytest.raises(UsageError) as caught:
        shown("nmae=x")
    assert "'name'" in caught.value.hint


def test_history_holds_the_versions_of_one_artifact(shelf: Shelf) -> None:
    for content in range(3):
        shelf.publish("mnist", content)
    shelf.publish("cifar", "x")
    for word in ("mnist", "mnist/v0", version(1)):
        assert [one.seq for one in shelf.service.history(ME, uri(word))] == [2, 1, 0]
    with pytest.raises(NotFound):
        shelf.service.history(ME, uri("nothing"))
