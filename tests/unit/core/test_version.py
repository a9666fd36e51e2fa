from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.version import is_version, is_version_prefix, random_version, short, version_of

EMPTY = sha256(b"").digest()


def test_the_form_of_a_version_never_changes() -> None:
    assert version_of(EMPTY) == "4oymiquy7qobjgx36tejs35zeqt24qpemsnzgtfe"


@given(st.binary(min_size=25, max_size=64))
def test_a_version_is_forty_characters_of_the_first_200_bits(digest: bytes) -> None:
    version = version_of(digest)
    assert is_version(version)
    assert version == version_of(digest[:25])


@given(st.binary(min_size=25, max_size=25), st.binary(min_size=25, max_size=25))
def test_different_bits_are_different_versions(one: bytes, other: bytes) -> None:
    assert (version_of(one) == version_of(other)) == (one == other)


def test_too_short_a_digest_is_refused() -> None:
    with pytest.raises(ValueError, match="24"):
        version_of(b"x" * 24)


def test_random_versions_do_not_repeat() -> None:
    versions = {random_version() for _ in range(1000)}
    assert len(versions) == 1000
    assert all(map(is_version, versions))


@pytest.mark.parametrize("text", ["", "abcd", "ABCDE", "abcd1", "abcd0", "abcde\n", "a" * 41, "abc de"])
def test_other_texts_are_no_prefixes(text: str) -> None:
    assert not is_version_prefix(text)
    assert not is_version(text)


@given(st.binary(min_size=25, max_size=25), st.integers(5, 40))
def test_the_first_five_characters_or_more_are_a_prefix(digest: bytes, length: int) -> None:
    assert is_version_prefix(version_of(digest)[:length])
    assert is_version(version_of(digest)[:length]) == (length == 40)


def test_people_see_twelve_characters() -> None:
    assert short(version_of(EMPTY)) == "4oymiquy7qob"
