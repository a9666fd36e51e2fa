"""Pictures: encoded, raw, from and to Pillow and numpy."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from starwhale.core.errors import UnsupportedValue, UsageError
from starwhale.core.types.image import GrayscaleImage, Image
from starwhale.core.types.mime import MIMEType

Array = np.ndarray[Any, Any]

RGB = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
SIDES = st.integers(1, 6)


def encoded(pixels: Array, form: str = "PNG") -> bytes:
    file = BytesIO()
    PIL.Image.fromarray(pixels).save(file, form)
    return file.getvalue()


@st.composite
def exact_pixels(draw: st.DrawFn) -> Array:
    """Pixels that PNG holds exactly."""
    dtype, channels = draw(
        st.sampled_from([("u1", None), ("u1", 2), ("u1", 3), ("u1", 4), ("u2", None), ("?", None)])
    )
    shape = (draw(SIDES), draw(SIDES)) + (() if channels is None else (channels,))
    return draw(arrays.arrays(dtype, shape))


@given(pixels=exact_pixels())
def test_an_array_that_is_a_picture_comes_back_exactly(pixels: Array) -> None:
    image = Image(pixels)
    assert image.mime_type is MIMEType.PNG
    assert image.to_bytes().startswith(b"\x89PNG")
    height, width, channels = (*pixels.shape, 1)[:3]
    assert image.shape == [height, width, channels]
    assert np.array_equal(image.to_numpy(), pixels)


def test_an_array_of_one_channel_in_three_dimensions_loses_the_third() -> None:
    assert np.array_equal(Image(RGB[:, :, :1]).to_numpy(), RGB[:, :, 0])
    assert Image(RGB[:, :, :1]).shape == [4, 5, 1]


def test_pixels_in_the_other_byte_order_come_back() -> None:
    pixels = np.array([[1, 2], [300, 65535]], dtype=">u2")
    assert np.array_equal(Image(pixels).to_numpy(), pixels)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((2, 3, 3), np.float32),
        np.zeros((2, 3), np.int32),
        np.zeros((2, 3, 3), np.uint16),
        np.zeros((2, 3, 5), np.uint8),
        np.zeros(3, np.uint8),
        np.zeros((0, 3), np.uint8),
        np.zeros((2, 2), object),
    ],
    ids=lambda pixels: f"{pixels.dtype}{pixels.shape}",
)
def test_an_array_that_png_would_change_is_refused(pixels: Array) -> None:
    with pytest.raises(UnsupportedValue, match=r"PNG|picture"):
        Image(pixels)


def test_a_pillow_image_is_kept_as_png_with_its_shape() -> None:
    image = Image(PIL.Image.fromarray(RGB), display_name="a", as_mask=True, mask_uri="b")
    assert (image.shape, image.display_name, image.as_mask, image.mask_uri) == ([4, 5, 3], "a", True, "b")
    assert np.array_equal(image.to_numpy(), RGB)


def test_a_pillow_image_that_png_would_change_is_refused() -> None:
    with pytest.raises(UnsupportedValue, match="16 bits"):
        Image(PIL.Image.fromarray(np.array([[70000]], np.int32)))
    with pytest.raises(UnsupportedValue, match=r"mode F.*convert"):
        Image(PIL.Image.fromarray(np.zeros((2, 2), np.float32)))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM"])
def test_encoded_bytes_decode_as_pillow_decodes_them(form: str) -> None:
    data = encoded(RGB, form)
    expected = np.array(PIL.Image.open(BytesIO(data)))
    decoded = Image(data, shape=(4, 5, 3)).to_numpy()
    assert np.array_equal(decoded, expected)
    assert decoded.flags.writeable
    assert Image(data).to_pil().size == (5, 4)


def test_a_mode_converts_as_pillow_does() -> None:
    image = Image(encoded(RGB))
    expected = PIL.Image.fromarray(RGB).convert("L")
    assert image.to_pil("L").mode == "L"
    assert np.array_equal(image.to_numpy("L"), np.array(expected))
    assert image.to_numpy("RGBA").shape == (4, 5, 4)
    with pytest.raises(UsageError, match="'nope'"):
        image.to_pil("nope")


def test_bytes_that_are_no_picture_say_so() -> None:
    for image in (Image(b"nonsense", "cat"), Image(), GrayscaleImage(b"12345", shape=(2, 2))):
        for convert in (image.to_pil, image.to_numpy):
            with pytest.raises(UsageError, match=r"neither a picture .* nor raw pixels.*shape="):
                convert()


def test_a_picture_that_is_cut_off_says_so() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    image = Image(encoded(noise)[:2000], "cut.png")
    with pytest.raises(UsageError, match=r"cut\.png.* cannot be decoded"):
        image.to_numpy()
    with pytest.raises(UsageError, match="cannot convert"):
        image.to_numpy("L")


@given(pixels=arrays.arrays(arrays.scalar_dtypes(), st.tuples(SIDES, SIDES)))
def test_raw_gray_pixels_of_every_dtype_come_back(pixels: Array) -> None:
    given_bytes = GrayscaleImage(pixels.tobytes(), shape=pixels.shape, dtype=pixels.dtype)
    for image in (given_bytes, GrayscaleImage(pixels), GrayscaleImage(pixels[:, :, np.newaxis])):
        back = GrayscaleImage.revive(image.payload(), image.meta(), None)
        assert image.to_bytes() == pixels.tobytes()
        assert image.shape == [*pixels.shape, 1]
        assert back.to_numpy().dtype == pixels.dtype
        assert back.to_numpy().tobytes() == pixels.tobytes()
        assert back.to_numpy().shape == pixels.shape


@pytest.mark.parametrize(
    ("dtype", "mode"),
    [
        ("uint8", "L"), ("bool", "1"), ("uint16", "I;16"), (">u2", "I;16"), ("int8", "I"), ("int16", "I"),
        ("int32", "I"), ("uint32", "I"), ("int64", "I"), ("uint64", "I"), ("float16", "F"), ("float32", "F"),
        ("float64", "F"), (">f8", "F"), ("longdouble", "F"),
    ],
)  # fmt: skip
def test_raw_gray_pixels_of_every_number_type_are_a_picture(dtype: str, mode: str) -> None:
    pixels = np.array([[0, 1, 1], [0, 0, 1]]).astype(dtype)
    picture = GrayscaleImage(pixels).to_pil()
    assert (picture.mode, picture.size) == (mode, (3, 2))
    assert np.array_equal(np.array(picture).astype(int), pixels.astype(int))


def test_gray_pixels_beyond_32_bits_become_a_picture_of_floats() -> None:
    assert GrayscaleImage(np.array([[2**40, 0]])).to_pil().mode == "F"
    assert GrayscaleImage(np.array([[2**31 - 1, -(2**31)]])).to_pil().mode == "I"


@pytest.mark.parametrize("dtype", ["complex64", "datetime64[s]", "S3"])
def test_pixels_that_are_no_brightness_have_no_picture(dtype: str) -> None:
    with pytest.raises(UsageError, match="no picture that Pillow knows"):
        GrayscaleImage(np.zeros((2, 2), dtype)).to_pil()


@given(pixels=arrays.arrays("u1", st.tuples(SIDES, SIDES)))
def test_a_gray_image_of_old_raw_bytes_has_numpy_and_pillow_forms(pixels: Array) -> None:
    image = GrayscaleImage(pixels.tobytes(), "digit", pixels.shape)
    assert np.array_equal(np.array(image.to_pil()), pixels)
    assert np.array_equal(image.to_numpy("RGB"), np.repeat(pixels[:, :, np.newaxis], 3, axis=2))
    copy = image.to_numpy()
    copy[:] = 0
    assert np.array_equal(image.to_numpy(), pixels)


def test_an_encoded_gray_image_decodes() -> None:
    gray = RGB[:, :, 0]
    for image in (GrayscaleImage(encoded(gray)), GrayscaleImage(encoded(gray), shape=(4, 5))):
        assert np.array_equal(image.to_numpy(), gray)
        assert image.mime_type is MIMEType.GRAYSCALE


def test_a_gray_image_of_a_coloured_picture_has_one_channel() -> None:
    expected = np.array(PIL.Image.fromarray(RGB).convert("L"))
    assert np.array_equal(GrayscaleImage(encoded(RGB)).to_numpy(), expected)
    assert np.array_equal(GrayscaleImage(PIL.Image.fromarray(RGB)).to_numpy(), expected)
    assert GrayscaleImage(PIL.Image.fromarray(RGB)).to_bytes() == expected.tobytes()


def test_an_encoded_picture_is_never_taken_for_pixels() -> None:
    data = encoded(RGB[:, :, 0])
    image = GrayscaleImage(data, shape=(1, len(data)))
    assert image.to_numpy().shape == (4, 5)


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 1), [3, 4, 3]])
def test_a_gray_image_has_one_channel_whatever_was_said(shape: Any) -> None:
    assert GrayscaleImage(bytes(12), shape=shape).shape == [3, 4, 1]


def test_a_gray_image_of_other_shapes_is_refused() -> None:
    with pytest.raises(UsageError, match="height, width"):
        GrayscaleImage(bytes(12), shape=(12,))
    with pytest.raises(UsageError, match="use Image"):
        GrayscaleImage(RGB)
    with pytest.raises(UnsupportedValue, match="Python objects"):
        GrayscaleImage(np.array([[object()]]))


def test_raw_colour_pixels_are_a_picture_too() -> None:
    image = Image(RGB.tobytes(), shape=RGB.shape)
    assert np.array_equal(image.to_numpy(), RGB)
    assert np.array_equal(np.array(image.to_pil()), RGB)
    assert image.to_pil("L").mode == "L"
    gray = Image(RGB[:, :, 0].tobytes(), shape=(4, 5, 1))
    assert gray.to_numpy().shape == (4, 5, 1)
    assert np.array_equal(np.array(gray.to_pil()), RGB[:, :, 0])
