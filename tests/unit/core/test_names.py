from __future__ import annotations

import re
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import InvalidName
from starwhale.core.names import check_name, check_reference, check_tag, is_name, is_reserved_tag, quoted

NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}", fullmatch=True)


@given(NAMES)
def test_a_name_comes_back_as_it_is(name: str) -> None:
    assert check_name(name) == name
    assert check_reference(name) == name
    assert is_name(name)


@given(st.text(max_size=100))
def test_what_passes_is_of_the_small_alphabet(text: str) -> None:
    allowed = re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}", text) is not None
    assert is_name(text) == allowed
    if not allowed:
        with pytest.raises(InvalidName):
            check_name(text)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a/b", "model name 'a/b' has '/' at position 2"),
        ("a\n", r"model name 'a\n' has '\n' at position 2"),
        ("naïve", "model name 'naïve' has 'ï' at position 3"),
        ("", "model name is empty"),
        ("..", "model name '..' begins with '.'"),
        (".git", "model name '.git' begins with '.'"),
        ("-rf", "model name '-rf' begins with '-'"),
        ("a" * 81, f"model name '{'a' * 81}' has 81 characters, the most is 80"),
        (7, "model name must be text, not int"),
        (None, "model name must be text, not NoneType"),
    ],
)
def test_the_sentence_shows_what_is_wrong(name: Any, sentence: str) -> None:
    with pytest.raises(InvalidName) as caught:
        check_name(cast("str", name), "model")
    assert caught.value.message == sentence


@pytest.mark.parametrize("tag", ["latest", "v0", "v1", "v123456"])
def test_tags_of_our_own_are_reserved(tag: str) -> None:
    assert is_reserved_tag(tag)
    with pytest.raises(InvalidName, match="reserved"):
        check_tag(tag)
    assert check_name(tag) == tag  # as a name it does no harm


@pytest.mark.parametrize("tag", ["v", "v1.0", "V1", "v1a", "Latest", "best-of_2024.1", "1"])
def test_tags_that_only_look_like_ours_pass(tag: str) -> None:
    assert check_tag(tag) == tag
    assert not is_reserved_tag(tag)


def test_a_tag_may_not_hide_a_version() -> None:
    with pytest.raises(InvalidName, match="version id"):
        check_tag("a" * 40)
    assert check_tag("a" * 39) == "a" * 39


@given(st.text(max_size=500))
def test_a_quoted_text_is_printable_and_fits_a_line(text: str) -> None:
    shown = quoted(text)
    assert shown.isprintable()
    assert len(shown) <= 160 * len("\\U0010ffff") + 2


def test_a_long_text_is_cut() -> None:
    assert len(quoted("a" * 10_000)) == 162
