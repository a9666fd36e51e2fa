"""Links and who opens them."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import Corrupted, NotFound, UnsupportedValue, UsageError
from starwhale.core.types.image import Image
from starwhale.core.types.link import Link, LinkedBytes, open_local, set_link_opener
from starwhale.core.types.mime import MIMEType
from starwhale.core.types.reader import Reader

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


class Memory:
    """A `Reader` of bytes in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @property
    def size(self) -> int:
        return len(self.data)

    def read(self, offset: int = 0, length: int = -1) -> bytes:
        return self.data[offset:] if length < 0 else self.data[offset : offset + length]


@pytest.fixture
def asked() -> Iterator[list[Link]]:
    """The links that were opened through an opener of ten digits."""
    links: list[Link] = []

    def opener(link: Link) -> Reader:
        links.append(link)
        return Memory(b"0123456789")

    previous = set_link_opener(opener)
    yield links
    set_link_opener(previous)


@given(
    uri=st.text(max_size=20),
    offset=st.integers(0, 2**40),
    size=st.integers(-1, 2**40),
    data_type=st.none()
    | st.dictionaries(st.text(max_size=5), JSON, max_size=3)
    | st.builds(Image, display_name=st.text(max_size=5), as_mask=st.booleans()),
    extra=st.dictionaries(st.sampled_from(["owner", "with_local_fs_data", "auth"]), JSON),
)
def test_stored_links_come_back_equal(
    uri: str, offset: int, size: int, data_type: Any, extra: dict[str, Any]
) -> None:
    link = Link(uri, offset, size, data_type, **extra)
    plain = link.to_plain()
    assert [type(value) for value in plain.values()] == [str, int, int, str, str]
    back = Link.from_plain(json.loads(json.dumps(plain)))
    assert back == link
    assert back.asdict() == link.asdict()
    assert pickle.loads(pickle.dumps(link)) == link


def test_links_are_equal_when_they_mean_the_same_bytes() -> None:
    link = Link("s3://b/k", 1, 2)
    assert link == Link("s3://b/k", 1, 2)
    for other in (
        Link("s3://b/j", 1, 2),
        Link("s3://b/k", 0, 2),
        Link("s3://b/k", 1),
        Link("s3://b/k", 1, 2, {}),
        Link("s3://b/k", 1, 2, owner=1),
    ):
        assert link != other
    assert link != "s3://b/k"


@pytest.mark.parametrize(
    ("uri", "scheme"),
    [
        ("s3://b/k", "s3"),
        ("HTTPS://h/p", "https"),
        ("file:///a", "file"),
        ("/a/b", ""),
        ("a:b", ""),
        ("", ""),
    ],
)
def test_the_scheme_is_what_stands_before_the_slashes(uri: str, scheme: str) -> None:
    assert Link(uri).scheme == scheme


@pytest.mark.parametrize(
    ("offset", "size", "expected"),
    [(0, -1, b"0123"), (1, 2, b"12"), (1, -1, b"123"), (1, 0, b""), (2, 2, b"23")],
)
@pytest.mark.parametrize("form", ["path", "str", "file", "file with host", "quoted"])
def test_local_files_are_read_directly(
    tmp_path: Path, form: str, offset: int, size: int, expected: bytes
) -> None:
    path = tmp_path / "a b%"
    path.write_bytes(b"0123")
    uri = {
        "path": path,
        "str": str(path),
        "file": f"file://{str(path).replace('%', '%25')}",
        "file with host": f"file://localhost{str(path).replace('%', '%25')}",
        "quoted": path.as_uri(),
    }[form]
    assert Link(uri, offset, size).to_bytes() == expected


def test_a_local_file_that_is_missing_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        Link(tmp_path / "nope").to_bytes()


@pytest.mark.parametrize("uri", ["s3://b/k", "http://h/p", "file://elsewhere/p"])
def test_other_addresses_need_an_opener_and_say_so(uri: str) -> None:
    previous = set_link_opener(None)
    try:
        with pytest.raises(UsageError, match="no opener is set"):
            Link(uri).to_bytes()
    finally:
        set_link_opener(previous)


def test_a_link_that_says_more_bytes_than_there_are_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123")
    link = Link(tmp_path / "a", 2, 50)
    with pytest.raises(Corrupted, match="has 2 bytes from 2 on, the link says 50"):
        link.to_bytes()
    assert LinkedBytes(link).read(1, 1) == b"3"


def test_an_opener_reads_every_link_local_ones_too(asked: list[Link], tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"local")
    links = [Link("s3://b/k", 2, 3), Link(tmp_path / "a", 2, 3)]
    assert [link.to_bytes() for link in links] == [b"234", b"234"]
    assert asked == links
    assert Image(link=Link("s3://b/k", 7)).to_bytes() == b"789"
    assert links[0].reader().size == 10


@given(at=st.integers(0, 12), size=st.integers(-1, 12), offset=st.integers(0, 12), length=st.integers(-1, 12))
def test_linked_bytes_are_read_by_range_within_the_link(at: int, size: int, offset: int, length: int) -> None:
    linked = LinkedBytes(Link("s3://b/k", at, size))
    previous = set_link_opener(lambda _: Memory(b"0123456789"))
    try:
        whole = b"0123456789"[at:] if size < 0 else b"0123456789"[at : at + size]
        assert linked.size == len(whole)
        wanted = max(0, size - offset) if length < 0 else min(length, max(0, size - offset))
        if size >= 0 and len(whole[offset : offset + wanted]) < wanted:
            with pytest.raises(Corrupted, match="the link says"):
                linked.read(offset, length)
            return
        assert linked.read(offset, length) == (
            whole[offset:] if length < 0 else whole[offset : offset + length]
        )
        if len(whole) == size or size < 0:
            assert linked.read() == linked.link.to_bytes() == whole
    finally:
        set_link_opener(previous)


def test_the_opener_until_now_is_given_back(asked: list[Link], tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"local")
    ours = set_link_opener(None)
    assert Link(tmp_path / "a").to_bytes() == b"local"
    assert set_link_opener(ours) is open_local
    assert Link(tmp_path / "a").to_bytes() == b"0123456789"


@pytest.mark.parametrize(("offset", "size"), [(-1, -1), (0, -2)])
def test_a_link_to_no_possible_range_is_refused(offset: int, size: int) -> None:
    with pytest.raises(UsageError, match="a link cannot begin"):
        Link("a", offset, size)


@pytest.mark.parametrize("data_type", [Image, "image", 3])
def test_a_data_type_that_describes_nothing_is_refused(data_type: Any) -> None:
    with pytest.raises(UsageError, match="data_type"):
        Link("a", data_type=data_type)


def test_what_is_no_json_cannot_be_carried() -> None:
    with pytest.raises(UnsupportedValue, match="cannot carry"):
        Link("a", owner=object()).to_plain()


def test_a_data_type_keeps_its_description() -> None:
    link = Link("a", data_type=Image(display_name="cat", shape=(2, 3, 3), mime_type=MIMEType.PNG))
    back: Any = Link.from_plain(link.to_plain()).data_type
    assert (type(back), back.display_name, back.shape) == (Image, "cat", [2, 3, 3])
    assert link.astype()["data_type"] == {
        "type": "image", "mime_type": "image/png", "encoding": "", "display_name": "cat",
    }  # fmt: skip


def test_a_plain_data_type_keeps_only_the_kind() -> None:
    link = Link("a", data_type=Image(display_name="cat"), use_plain_type=True)
    assert link.data_type == Image(display_name="cat").astype()
    assert Link.from_plain(link.to_plain()) == link


def test_the_dict_has_the_keys_of_old() -> None:
    assert Link("s3://b/k", 1, 2, owner="me").asdict() == {
        "_type": "link",
        "uri": "s3://b/k",
        "scheme": "s3",
        "offset": 1,
        "size": 2,
        "data_type": None,
        "extra_info": {"owner": "me"},
    }
    assert Link("a").astype() == {"type": "link", "data_type": {}}
    assert (str(Link("a")), repr(Link("a")), repr(Link("a", 1))) == (
        "Link a", "Link('a')", "Link('a', offset=1, size=-1)",
    )  # fmt: skip
