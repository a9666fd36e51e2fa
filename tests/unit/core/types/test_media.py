"""What all media types have in common."""

from __future__ import annotations

import json
import pickle
import timeit
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import MissingDependency, NotFound, UnsupportedValue, UsageError
from starwhale.core.types.audio import Audio
from starwhale.core.types.binary import Binary, NumpyBinary
from starwhale.core.types.image import GrayscaleImage, Image
from starwhale.core.types.link import Link
from starwhale.core.types.media import BaseArtifact
from starwhale.core.types.mime import ArtifactType, MIMEType
from starwhale.core.types.text import Text
from starwhale.core.types.video import Video

FROM_FILE = [Binary, NumpyBinary, Image, GrayscaleImage, Audio, Video]
MEDIA = [*FROM_FILE, Text]
CONTENT = b"\x00some bytes\xff"


class Counted:
    """A source that counts how often it is read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.reads = 0

    @property
    def size(self) -> int:
        return len(self.data)

    def read(self, offset: int = 0, length: int = -1) -> bytes:
        self.reads += 1
        return self.data[offset:] if length < 0 else self.data[offset : offset + length]


def stored_and_back(value: BaseArtifact) -> BaseArtifact:
    meta = json.loads(json.dumps(value.meta()))
    return type(value).revive(value.payload(), meta, None)


@pytest.mark.parametrize("kind", FROM_FILE)
@pytest.mark.parametrize(
    "give",
    [
        pytest.param(str, id="str"),
        pytest.param(lambda path: path, id="Path"),
        pytest.param(lambda path: CONTENT, id="bytes"),
        pytest.param(lambda path: bytearray(CONTENT), id="bytearray"),
        pytest.param(lambda path: memoryview(CONTENT), id="memoryview"),
        pytest.param(lambda path: BytesIO(CONTENT), id="file object"),
    ],
)
def test_content_may_be_given_in_every_way(
    kind: Callable[[Any], BaseArtifact], give: Callable[[Path], Any], tmp_path: Path
) -> None:
    path = tmp_path / "content.bin"
    path.write_bytes(CONTENT)
    value = kind(give(path))
    assert value.payload() == value.to_bytes() == value.fetch_data() == CONTENT
    assert type(value.payload()) is bytes


@pytest.mark.parametrize("kind", FROM_FILE)
def test_a_path_that_does_not_exist_is_refused_at_construction(kind: Callable[[Any], BaseArtifact]) -> None:
    with pytest.raises(NotFound, match=r"no file 'nope\.png' \(a str is taken for a path"):
        kind("nope.png")
    with pytest.raises(NotFound, match=r"^no file 'nope\.png'$"):
        kind(Path("nope.png"))


@pytest.mark.parametrize("kind", FROM_FILE)
@pytest.mark.parametrize(
    ("given", "sentence"), [(123, "of type int"), (StringIO("text"), "text mode"), ([1, 2], "of type list")]
)
def test_what_holds_no_bytes_is_refused(
    kind: Callable[[Any], BaseArtifact], given: Any, sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        kind(given)


def test_an_open_file_is_read_from_where_it_stands_and_may_be_closed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abcdef")
    with (tmp_path / "a").open("rb") as file:
        file.seek(2)
        value = Binary(file)
    assert value.to_bytes() == b"cdef"


def test_later_changes_of_a_buffer_do_not_reach_the_value() -> None:
    buffer = bytearray(b"abc")
    value = Binary(buffer)
    buffer[0] = 0
    assert value.to_bytes() == b"abc"


@pytest.mark.parametrize("kind", MEDIA)
def test_nothing_given_is_no_bytes(kind: Callable[[], BaseArtifact]) -> None:
    value = kind()
    assert not value.linked
    assert value.fp == b""
    assert value.payload() == b""
    assert value.meta() == {}


def test_a_file_gives_its_name_and_type(tmp_path: Path) -> None:
    (tmp_path / "cat.JPG").write_bytes(b"x")
    image = Image(tmp_path / "cat.JPG")
    assert (image.display_name, image.mime_type) == ("cat.JPG", MIMEType.JPEG)
    assert image.fp == str(tmp_path / "cat.JPG")
    named = Image(tmp_path / "cat.JPG", display_name="tom", mime_type=MIMEType.PNG)
    assert (named.display_name, named.mime_type) == ("tom", MIMEType.PNG)
    assert Audio(tmp_path / "cat.JPG").mime_type is MIMEType.UNDEFINED


def test_a_path_is_read_only_when_the_bytes_are_needed(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"before")
    image = Image(path)
    path.write_bytes(b"after")
    assert repr(image) == "Image('a.png', mime_type='image/png')"
    assert image.source is not None
    assert image.source.size == 5
    assert image.to_bytes() == b"after"
    assert image.source is None


descriptions = st.fixed_dictionaries(
    {},
    optional={
        "display_name": st.text(max_size=8),
        "shape": st.lists(st.none() | st.integers(0, 9), max_size=4),
        "mime_type": st.sampled_from([MIMEType.PNG, MIMEType.JPEG, MIMEType.UNDEFINED, "image/gif"]),
        "as_mask": st.booleans(),
        "mask_uri": st.text(max_size=8),
        "dtype": st.sampled_from(["uint8", ">i4", "float16", "datetime64[ns]"]),
        "link": st.none() | st.builds(Link, st.text(max_size=8), st.integers(0, 5), st.integers(-1, 5)),
    },
)


@given(data=st.binary(min_size=1), described=descriptions)
def test_stored_media_come_back_equal(data: bytes, described: dict[str, Any]) -> None:
    image = Image(data, **described)
    back = stored_and_back(image)
    assert back == image
    assert hash(back) == hash(image)
    assert back.asdict() == image.asdict()
    assert pickle.loads(pickle.dumps(image)) == image
    for name, value in described.items():
        wanted = MIMEType(value) if name == "mime_type" else value
        if name != "dtype":
            assert getattr(back, name) == wanted


@pytest.mark.parametrize("kind", MEDIA)
def test_a_description_holds_only_what_differs_from_the_defaults(kind: type[BaseArtifact]) -> None:
    fresh = kind.revive(b"x", {}, None)
    assert fresh.meta() == {}
    for name in ("shape", "mime_type", "dtype", "display_name"):
        setattr(fresh, name, getattr(kind.revive(None, {}, None), name))
    if kind is not Text:  # whose name is how it begins
        assert fresh.meta() == {}


def test_assigning_to_one_value_leaves_others_that_share_its_description() -> None:
    shared = {"shape": [2, 2, 3], "display_name": "a"}
    one, two = Image.revive(b"1", shared), Image.revive(b"2", shared)
    one.display_name = "b"
    one.shape = None
    one.as_mask = True
    one.shape = [9, 9, 3]
    assert (one.display_name, one.shape, one.as_mask) == ("b", [9, 9, 3], True)
    assert (two.display_name, two.shape, two.as_mask) == ("a", [2, 2, 3], False)
    assert shared == {"shape": [2, 2, 3], "display_name": "a"}


def test_a_returned_shape_is_a_copy_also_of_the_default() -> None:
    image = Image(b"x")
    shape: Any = image.shape
    shape[0] = 5
    assert Image(b"x").shape == [None, None, 3]


def test_keys_that_the_store_adds_are_no_part_of_the_description() -> None:
    image = Image.revive(b"x", {"blob": ["ab", 1], "display_name": "a"}, None)
    assert image.meta() == {"display_name": "a"}
    assert image == Image(b"x", "a")


def test_bytes_behind_a_source_are_read_once_and_only_when_needed() -> None:
    source = Counted(b"far away")
    value = Binary.revive(None, {}, source)
    assert (repr(value), value.meta(), value.linked, value.source) == ("Binary()", {}, False, source)
    assert source.reads == 0
    assert value.to_bytes() == value.payload() == b"far away"
    assert source.reads == 1
    assert value.drop_data().to_bytes() == b"far away"
    assert source.reads == 2


def test_bytes_may_be_revived_from_a_view() -> None:
    value = Binary.revive(memoryview(b"abcdef")[1:3], {})
    assert value.payload() == b"bc"
    assert type(value.payload()) is bytes


def test_dropped_bytes_that_came_from_nowhere_are_gone() -> None:
    assert Binary(b"abc").drop_data().to_bytes() == b""


def test_equality_asks_for_type_bytes_and_description() -> None:
    assert Image(b"a") == Image(b"a")
    assert Image(b"a") != Image(b"b")
    assert Image(b"a") != Image(b"a", display_name="x")
    assert Image(b"a") != Binary(b"a")
    assert Image(b"a") != GrayscaleImage(b"a")
    assert Image(b"a") != b"a"
    assert len({Image(b"a"), Image(b"a"), Image(b"b"), Binary(b"a")}) == 3


def test_a_link_alone_is_not_followed_to_compare_show_or_pickle_it() -> None:
    image = Image(link=Link("s3://nowhere/x.png"))
    assert image.linked
    assert image == Image(link=Link("s3://nowhere/x.png"))
    assert image != Image(link=Link("s3://nowhere/y.png"))
    assert image != Image(b"x", link=Link("s3://nowhere/x.png"))
    assert hash(image) == hash(Image(link=Link("s3://nowhere/x.png")))
    assert repr(image) == "Image(Link('s3://nowhere/x.png'))"
    assert pickle.loads(pickle.dumps(image)) == image
    assert stored_link(image) == image


def stored_link(value: BaseArtifact) -> BaseArtifact:
    return type(value).revive(None, json.loads(json.dumps(value.meta())), None)


@pytest.mark.parametrize("kind", MEDIA)
def test_bytes_come_through_the_link_where_none_were_given(
    kind: Callable[..., BaseArtifact], tmp_path: Path
) -> None:
    (tmp_path / "data").write_bytes(b"0123456789")
    value = kind(link=Link(tmp_path / "data", 2, 3))
    assert value.linked
    before = hash(value)
    assert stored_link(value).to_bytes() == value.to_bytes() == b"234"
    assert value.linked
    assert (hash(value), value) == (before, stored_link(value))
    assert pickle.loads(pickle.dumps(value)).source is None
    (tmp_path / "data").write_bytes(b"9876543210")
    assert value.to_bytes() == b"234"
    assert value.drop_data().to_bytes() == b"765"
    assert Binary(b"own", link=Link(tmp_path / "data")).to_bytes() == b"own"


def test_raw_data_is_carried_in_the_dict_only_when_asked() -> None:
    value = Binary(b"abc")
    assert "_raw_base64_data" not in value.asdict()
    assert value.carry_raw_data() is value
    assert value.asdict()["_raw_base64_data"] == "YWJj"
    assert json.loads(value.to_json())["_raw_base64_data"] == "YWJj"
    assert "_raw_base64_data" not in value.drop_data().asdict()


def test_the_dict_has_the_keys_of_old() -> None:
    image = Image(b"x", "cat", (1, 2, 3), MIMEType.PNG, True, "m", link=Link("a", 1, 2))
    assert image.asdict() == {
        "_type": "image",
        "display_name": "cat",
        "_mime_type": "image/png",
        "shape": [1, 2, 3],
        "_dtype_name": "uint8",
        "encoding": "",
        "as_mask": True,
        "mask_uri": "m",
        "link": Link("a", 1, 2).asdict(),
    }
    assert "shape" not in image.asdict(ignore_keys=["shape"])
    assert image.astype() == {
        "type": "image",
        "mime_type": "image/png",
        "encoding": "",
        "display_name": "cat",
    }
    assert json.loads(image.jsonify()) == image.asdict()


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (Image(b"x"), ArtifactType.Image),
        (GrayscaleImage(b"x"), ArtifactType.Image),
        (NumpyBinary(b"x"), ArtifactType.Binary),
        (Text("x"), ArtifactType.Text),
        (Audio(b"x"), ArtifactType.Audio),
        (Video(b"x"), ArtifactType.Video),
    ],
)
def test_every_value_has_its_coarse_kind(value: BaseArtifact, kind: ArtifactType) -> None:
    assert value.type is kind


@pytest.mark.parametrize(
    ("kind", "mime"),
    [(Image, MIMEType.MP4), (Audio, MIMEType.PNG), (Video, MIMEType.WAV), (Image, "image/nope"), (Image, 3)],
)
def test_a_mime_type_that_does_not_fit_is_refused(kind: Callable[..., BaseArtifact], mime: Any) -> None:
    with pytest.raises(UsageError, match="mime type"):
        kind(b"x", mime_type=mime)


@pytest.mark.parametrize(
    ("described", "sentence"),
    [
        ({"shape": "a"}, "shape"),
        ({"shape": (1, -2)}, "negative"),
        ({"shape": 3}, "shape"),
        ({"link": "s3://a"}, "must be a Link"),
        ({"dtype": "nope"}, "no dtype of numpy"),
    ],
)
def test_a_bad_description_is_refused_at_construction(described: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        Image(b"x", **described)


class Named(Image):
    """A class of a user."""


def test_a_class_derived_by_a_user_is_pickled_with_what_he_added() -> None:
    image: Any = Named(b"x", "a")
    image.note = "mine"
    back = pickle.loads(pickle.dumps(image))
    assert (type(back), back, back.note) == (Named, image, "mine")


@pytest.mark.parametrize("kind", [Image, GrayscaleImage, Audio, Binary, Text])
def test_reviving_takes_less_than_a_microsecond(kind: type[BaseArtifact]) -> None:
    meta = {"shape": [28, 28, 1]}
    took = min(timeit.repeat(lambda: kind.revive(b"x", meta, None), number=2000, repeat=9)) / 2000
    assert took < 1e-6


def test_tensors_need_pytorch_and_say_so() -> None:
    image = GrayscaleImage(bytes(range(6)), shape=(2, 3))
    try:
        import torch  # pyright: ignore[reportMissingImports]
    except ImportError:
        for convert in (image.to_tensor, image.to_pt_tensor):
            with pytest.raises(MissingDependency, match="pip install torch"):
                convert()
        return
    for tensor in (image.to_tensor(), image.to_pt_tensor()):
        assert tensor.dtype is torch.uint8
        assert tensor.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert NumpyBinary(b"\1\2").to_tensor().tolist() == [1, 2]
    assert NumpyBinary(b"\0\1", ">i2").to_tensor().tolist() == [1]
    with pytest.raises(UnsupportedValue, match="no tensors of dtype"):
        Binary(b"abc").to_tensor()
