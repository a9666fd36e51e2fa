"""Pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starwhale.core.errors import UsageError
from starwhale.core.types import pixels
from starwhale.core.types.description import Shape, description
from starwhale.core.types.media import BaseArtifact
from starwhale.core.types.mime import ArtifactType, MIMEType
from starwhale.core.types.source import Content, content_of

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image

    from starwhale.core.types.link import Link


class Image(BaseArtifact):
    """A picture, encoded (PNG, JPEG …) or as raw pixels.

    Args:
        fp: Bytes, a path, an open file, a Pillow image or an array of pixels. The last two are
            kept as PNG, which loses nothing.
        display_name: Name to show; that of the file when not given.
        shape: ``(height, width, channels)``; needed where the bytes are raw pixels.
        mime_type: What the bytes are; told by the suffix of a path when not given.
        as_mask: Whether the picture marks parts of another.
        mask_uri: Where a mask to this picture is.
        dtype: Of raw pixels.
        link: Where the bytes stay, in place of `fp`.

    Raises:
        NotFound: `fp` is a path and there is no such file.
        UsageError: `fp` is nothing that holds a picture.
        UnsupportedValue: PNG cannot hold the pixels exactly.
    """

    __slots__ = ()
    logical = "image"
    kind = ArtifactType.Image
    accepts = ("image/", "x/")
    defaults = description(shape=[None, None, 3], as_mask=False, mask_uri="")

    def __init__(
        self,
        fp: Any = "",
        display_name: str = "",
        shape: Shape | None = None,
        mime_type: MIMEType | str = MIMEType.UNDEFINED,
        as_mask: bool = False,
        mask_uri: str = "",
        dtype: Any = "uint8",
        link: Link | None = None,
    ) -> None:
        encoded = pixels.encode(fp)
        if encoded is None:
            content = content_of(fp)
        else:
            content, shape, mime_type = Content(data=encoded.data), encoded.shape, MIMEType.PNG
        super().__init__(
            content,
            display_name=display_name,
            shape=shape,
            mime_type=mime_type,
            as_mask=as_mask,
            mask_uri=mask_uri,
            dtype=dtype,
            link=link,
        )

    @property
    def as_mask(self) -> bool:
        """Whether the picture marks parts of another."""
        return self._get("as_mask")

    @as_mask.setter
    def as_mask(self, value: bool) -> None:
        self._set("as_mask", value)

    @property
    def mask_uri(self) -> str:
        """Where a mask to this picture is."""
        return self._get("mask_uri")

    @mask_uri.setter
    def mask_uri(self, value: str) -> None:
        self._set("mask_uri", value)

    def to_pil(self, mode: str | None = None) -> PIL.Image.Image:
        """The picture as Pillow has it.

        Args:
            mode: Pillow's mode to convert to (``RGB``, ``L`` …); None leaves it as it is.

        Raises:
            UsageError: the bytes are no picture that Pillow can read, or it knows no such mode.
            MissingDependency: Pillow is not installed.
        """
        raw = self._raw()
        picture = pixels.decode(self.payload(), repr(self)) if raw is None else pixels.picture(raw)
        return picture if mode is None else pixels.convert(picture, mode)

    def to_numpy(self, mode: str | None = None) -> np.ndarray[Any, Any]:
        """The pixels, shape ``(height, width)`` or ``(height, width, channels)``.

        Args:
            mode: As in `to_pil`.

        Raises:
            UsageError: as in `to_pil`.
            MissingDependency: Pillow is not installed, and the picture is encoded or a mode was given.
        """
        raw = self._raw() if mode is None else None
        if raw is not None:
            return raw
        return pixels.array(self.to_pil(mode), repr(self))

    def _raw(self) -> np.ndarray[Any, Any] | None:
        return pixels.raw(self.payload(), self.shape, lambda: self.dtype)


class GrayscaleImage(Image):
    """A picture of one channel: raw pixels of any number type, or encoded.

    Args:
        fp: Bytes, a path, an open file, a Pillow image or an array. The last two are kept as raw pixels.
        display_name: Name to show; that of the file when not given.
        shape: ``(height, width)`` or ``(height, width, 1)``; needed where the bytes are raw pixels.
        as_mask: Whether the picture marks parts of another.
        mask_uri: Where a mask to this picture is.
        dtype: Of raw pixels.
        link: Where the bytes stay, in place of `fp`.

    Raises:
        NotFound: `fp` is a path and there is no such file.
        UsageError: `fp` is nothing that holds a picture.
        UnsupportedValue: an array with elements that are Python objects.
    """

    __slots__ = ()
    logical = "grayscale_image"
    defaults = description(mime_type="x/grayscale", shape=[None, None, 1], as_mask=False, mask_uri="")

    def __init__(
        self,
        fp: Any = "",
        display_name: str = "",
        shape: Shape | None = None,
        as_mask: bool = False,
        mask_uri: str = "",
        dtype: Any = "uint8",
        link: Link | None = None,
    ) -> None:
        array = pixels.one_channel(fp)
        if array is not None:
            fp, shape, dtype = array.tobytes(), array.shape, array.dtype
        if shape is not None:
            shape = _one_channel(shape)
        super().__init__(fp, display_name, shape, MIMEType.GRAYSCALE, as_mask, mask_uri, dtype, link)

    def to_pil(self, mode: str | None = None) -> PIL.Image.Image:
        """The picture as Pillow has it, in a mode of one channel unless `mode` says otherwise.

        Args:
            mode: Pillow's mode to convert to; None for ``L``, ``1``, ``I``, ``I;16`` or ``F``, whichever
                holds the pixels.

        Raises:
            UsageError: the bytes are no picture, or they are raw pixels of which the shape is not known.
            MissingDependency: Pillow is not installed.
        """
        picture = super().to_pil()
        if not pixels.is_gray(picture):
            picture = pixels.convert(picture, "L")
        return picture if mode is None else pixels.convert(picture, mode)

    def _raw(self) -> np.ndarray[Any, Any] | None:
        array = super()._raw()
        return None if array is None else array.reshape(array.shape[:2])


def _one_channel(shape: Shape) -> Shape:
    if len(shape) not in {2, 3}:
        raise UsageError(f"shape of a grayscale image must be (height, width), not {shape!r}")
    return [*shape[:2], 1]
