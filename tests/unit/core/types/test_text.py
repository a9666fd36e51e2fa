"""Texts."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import UnsupportedValue, UsageError
from starwhale.core.types.link import Link
from starwhale.core.types.text import Text

UNICODE = ["utf-8", "utf-16", "utf-32", "utf-8-sig", "UTF8"]


@given(content=st.text(), encoding=st.sampled_from(UNICODE))
def test_a_stored_text_comes_back(content: str, encoding: str) -> None:
    text = Text(content, encoding)
    back = Text.revive(text.payload(), json.loads(json.dumps(text.meta())), None)
    assert back == text
    assert back.content == back.to_str() == str(back) == content
    assert pickle.loads(pickle.dumps(text)).content == content


@given(content=st.text())
def test_bytes_come_in_its_own_encoding_or_the_one_asked_for(content: str) -> None:
    text = Text(content)
    assert text.to_bytes() == text.fetch_data() == content.encode()
    assert text.to_bytes("utf-16") == content.encode("utf-16")


def test_another_encoding_is_remembered() -> None:
    text = Text("é", "latin-1")
    assert (text.to_bytes(), text.encoding, text.content) == (b"\xe9", "iso8859-1", "é")
    assert Text("é").encoding == "utf-8"


def test_bytes_are_taken_for_text_in_the_encoding() -> None:
    assert Text(b"\xe9", "latin-1").content == "é"
    with pytest.raises(UsageError, match="not utf-8"):
        Text(b"\xe9")


def test_a_text_that_the_encoding_cannot_express_is_refused_at_construction() -> None:
    with pytest.raises(UnsupportedValue, match="ascii cannot express"):
        Text("é", "ascii")
    with pytest.raises(UnsupportedValue, match="utf-8 cannot express"):
        Text("\ud800")


@pytest.mark.parametrize("encoding", ["nope", "rot13"])
def test_an_unknown_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(UsageError, match="encoding"):
        Text("a", encoding)
    with pytest.raises(UsageError, match="encoding"):
        Text("a").to_bytes(encoding)


def test_content_that_is_no_text_is_refused() -> None:
    with pytest.raises(UsageError, match="must be a str, not int"):
        Text(3)  # pyright: ignore[reportArgumentType]


def test_a_text_is_shown_by_how_it_begins() -> None:
    assert repr(Text("short")) == "Text('short')"
    assert repr(Text("x" * 100)) == f"Text('{'x' * 39}…')"
    assert Text("x" * 100).display_name == "xxxxxxxxxxxx..."


def test_a_linked_text_is_read_when_needed(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("héllo", encoding="utf-8")
    text = Text(link=Link(tmp_path / "t"))
    assert text.linked
    assert text.display_name == ""
    assert "Link" in repr(text)
    assert text.content == "héllo"
    (tmp_path / "t").write_text("later", encoding="utf-8")
    assert text.content == "héllo"
    assert text.drop_data().linked
    assert text.content == "later"
    assert Text("own", link=Link(tmp_path / "t")).content == "own"


def test_a_text_is_an_array_of_one_but_no_tensor() -> None:
    array = Text("abc").to_numpy()
    assert (array.shape, array.item(), array.dtype) == ((), "abc", np.dtype("<U3"))
    with pytest.raises(UnsupportedValue, match="tokeniser"):
        Text("abc").to_tensor()
