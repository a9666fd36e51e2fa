"""Between pixels, Pillow's pictures and encoded bytes."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from starwhale.core.errors import UnsupportedValue, UsageError
from starwhale.core.types.optional import is_a, pillow

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import PIL.Image

# What a picture begins with, long enough that raw pixels hardly ever begin so.
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_GRAY = frozenset({"1", "L", "I", "F", "I;16", "I;16B", "I;16L"})


class Encoded(NamedTuple):
    """A picture as PNG."""

    data: bytes
    shape: tuple[int, int, int]


def encode(given: Any) -> Encoded | None:
    """PNG of a Pillow image or of an array of pixels; None for anything else.

    Raises:
        UnsupportedValue: PNG cannot hold the pixels exactly.
    """
    if is_a(given, "numpy", "ndarray"):
        given = _exact_picture(given)
    elif not is_a(given, "PIL.Image", "Image"):
        return None
    if given.mode == "I" and not _fits(given.getextrema(), 0, 0xFFFF):
        raise UnsupportedValue(
            "PNG holds at most 16 bits per pixel", hint="use NumpyBinary or GrayscaleImage"
        )
    file = BytesIO()
    try:
        given.save(file, "PNG")
    except (OSError, ValueError, SystemError) as exc:
        raise UnsupportedValue(
            f"a picture of mode {given.mode} and size {given.size} cannot be PNG: {exc}",
            hint="convert it, for instance with `.convert('RGB')`",
        ) from exc
    return Encoded(file.getvalue(), (given.height, given.width, len(given.getbands())))


def _exact_picture(pixels: np.ndarray[Any, Any]) -> PIL.Image.Image:
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    flat = pixels[:, :, 0] if pixels.ndim == 3 and channels == 1 else pixels
    depth = {"bool": 1, "uint8": 4, "uint16": 1}.get(pixels.dtype.name, 0)
    if pixels.ndim not in {2, 3} or not 1 <= channels <= depth:
        raise UnsupportedValue(
            f"an array of dtype {pixels.dtype} and shape {pixels.shape} is no picture that PNG holds exactly",
            hint="give uint8 of shape (height, width[, channels]), uint16 of (height, width), or NumpyBinary",
        )
    return pillow().fromarray(flat.astype(flat.dtype.newbyteorder("=")))


def one_channel(given: Any) -> np.ndarray[Any, Any] | None:
    """Pixels of a Pillow image or an array, shape ``(height, width)``; None for anything else.

    Raises:
        UsageError: the array has several channels.
    """
    if is_a(given, "PIL.Image", "Image"):
        return array(given if is_gray(given) else given.convert("L"), "the picture")
    if not is_a(given, "numpy", "ndarray"):
        return None
    flat = given[:, :, 0] if given.ndim == 3 and given.shape[2] == 1 else given
    if flat.ndim != 2:
        raise UsageError(
            f"an array of shape {given.shape} is no picture of one channel", hint="use Image for colours"
        )
    return flat


def is_gray(picture: PIL.Image.Image) -> bool:
    """Whether the picture has one channel of brightness."""
    return picture.mode in _GRAY


def raw(
    data: bytes, shape: Sequence[int | None] | None, dtype: Callable[[], np.dtype[Any]]
) -> np.ndarray[Any, Any] | None:
    """The pixels where `data` is nothing but pixels: as long as `shape` and `dtype` say, and not encoded.

    Returns:
        A copy that may be written to, or None.
    """
    if shape is None or None in shape or data.startswith(_SIGNATURES):
        return None
    import numpy as np

    kind = dtype()
    size = kind.itemsize
    for length in shape:
        size *= length or 0
    return np.ndarray([length or 0 for length in shape], kind, bytearray(data)) if size == len(data) else None


def decode(data: bytes, what: str) -> PIL.Image.Image:
    """The picture in encoded bytes.

    Raises:
        UsageError: Pillow cannot read them; `what` is named.
    """
    module = pillow()
    try:
        return module.open(BytesIO(data))
    except (OSError, ValueError, SyntaxError, module.DecompressionBombError) as exc:
        raise UsageError(
            f"{what} is neither a picture that Pillow can read nor raw pixels of its shape",
            hint="raw pixels need shape=(height, width) and their dtype",
        ) from exc


def convert(picture: PIL.Image.Image, mode: str) -> PIL.Image.Image:
    """The picture in another mode of Pillow.

    Raises:
        UsageError: it cannot be converted so, or the bytes are cut off.
    """
    try:
        return picture.convert(mode)
    except (OSError, ValueError, KeyError) as exc:
        raise UsageError(f"cannot convert a picture from mode {picture.mode} to {mode!r}: {exc}") from exc


def array(picture: PIL.Image.Image, what: str) -> np.ndarray[Any, Any]:
    """The pixels of a picture.

    Raises:
        UsageError: the bytes are cut off or damaged; `what` is named.
    """
    import numpy as np

    try:
        picture.load()
    except (OSError, ValueError, SyntaxError) as exc:
        raise UsageError(f"{what} cannot be decoded: {exc}") from exc
    return np.array(picture)


def picture(pixels: np.ndarray[Any, Any]) -> PIL.Image.Image:
    """The picture of raw pixels, as exact as Pillow's modes allow.

    Raises:
        UsageError: complex numbers, dates and the like are no brightness.
    """
    flat = pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
    wanted = _mode_dtype(flat)
    try:
        if wanted is not None:
            return pillow().fromarray(flat.astype(wanted))
    except TypeError:  # Pillow's way to say that it knows no such layout
        pass
    raise UsageError(
        f"pixels of dtype {pixels.dtype} and shape {pixels.shape} are no picture that Pillow knows"
    )


def _mode_dtype(flat: np.ndarray[Any, Any]) -> Any:
    kind, name = flat.dtype.kind, flat.dtype.name
    if name in {"bool", "uint8", "uint16"}:
        return name
    if kind in "iu" and (not flat.size or _fits((flat.min(), flat.max()), -(2**31), 2**31 - 1)):
        return "int32"
    return "float32" if kind in "iuf" else None


def _fits(extremes: Any, least: int, most: int) -> bool:
    return least <= extremes[0] and extremes[1] <= most
