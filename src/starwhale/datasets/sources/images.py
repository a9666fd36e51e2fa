"""What the header of an image tells before anybody decodes it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PIXELS = 256 << 20
"""Most pixels an image may have: a small file may unpack into any number of them."""


class ImageCheck:
    """Looks at the headers of images, where Pillow is there to read them."""

    def __init__(self) -> None:
        self._open: Callable[..., Any] | None = None
        self._unknown: type[Exception] = Exception
        self._bomb: type[Exception] = Exception
        self._suffixes: frozenset[str] = frozenset()
        try:
            from PIL import Image, UnidentifiedImageError
        except ImportError:
            return
        self._open, self._unknown = Image.open, UnidentifiedImageError
        self._bomb = Image.DecompressionBombError
        self._suffixes = frozenset(Image.registered_extensions())

    def fault(self, file: Any, suffix: str = "") -> str:
        """What is wrong with an image; empty where nothing is.

        Args:
            file: Its path, or a file object at its beginning.
            suffix: Of its name, where it has one; what this Pillow cannot read by that is let pass.
        """
        if self._open is None or (suffix and suffix.lower() not in self._suffixes):
            return ""
        try:
            with warnings.catch_warnings():
                # Pillow warns and refuses by a limit of its own, which users may have changed.
                warnings.simplefilter("ignore")
                with self._open(file) as image:
                    width, height = image.size
        except self._unknown:
            return "is no image, though its name says so"
        except self._bomb as exc:  # by Pillow's limit, where that is the lower one; it tells both numbers
            return f"would unpack into too many pixels: {exc}"
        except Exception as exc:  # noqa: BLE001 - a broken header may upset a decoder in any way
            return f"has a header that cannot be read: {exc}"
        if width * height > PIXELS:
            return f"would unpack into {width:,} x {height:,} pixels, more than {PIXELS:,}"
        return ""
