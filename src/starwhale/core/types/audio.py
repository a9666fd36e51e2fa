"""Sound."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import UsageError
from starwhale.core.types.description import Shape, description
from starwhale.core.types.media import BaseArtifact
from starwhale.core.types.mime import ArtifactType
from starwhale.core.types.optional import need
from starwhale.core.types.source import content_of

if TYPE_CHECKING:
    import numpy as np

    from starwhale.core.types.link import Link
    from starwhale.core.types.mime import MIMEType

_SAMPLES = ("float64", "float32", "int32", "int16")


class Audio(BaseArtifact):
    """Encoded sound.

    Args:
        fp: Bytes, a path, or an open file.
        display_name: Name to show; that of the file when not given.
        shape: ``(samples, channels)``, where it is known.
        mime_type: What the bytes are; told by the suffix of a path when not given.
        dtype: Of the samples of `to_numpy`: float64, float32, int32 or int16.
        link: Where the bytes stay, in place of `fp`.

    Raises:
        NotFound: `fp` is a path and there is no such file.
        UsageError: `fp` is nothing that holds bytes, or `mime_type` is no sound.
    """

    __slots__ = ()
    logical = "audio"
    kind = ArtifactType.Audio
    accepts = ("audio/", "x/undefined")
    defaults = description(shape=[None], dtype="float64")

    def __init__(
        self,
        fp: Any = "",
        display_name: str = "",
        shape: Shape | None = None,
        mime_type: MIMEType | str | None = None,
        dtype: Any = "float64",
        link: Link | None = None,
    ) -> None:
        super().__init__(
            content_of(fp),
            display_name=display_name,
            shape=shape,
            mime_type=mime_type,
            dtype=dtype,
            link=link,
        )

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """The samples, shape ``(samples, channels)``; floats lie in -1 to 1.

        Raises:
            UsageError: the bytes are no sound that soundfile can read, or `dtype` is none that it gives.
            MissingDependency: soundfile is not installed.
        """
        soundfile = need("soundfile", "'starwhale[media]'")
        dtype = self.dtype.name
        if dtype not in _SAMPLES:
            raise UsageError(
                f"samples cannot be of dtype {dtype}", hint=f"choose one of {', '.join(_SAMPLES)}"
            )
        try:
            samples, _rate = soundfile.read(BytesIO(self.payload()), dtype=dtype, always_2d=True)
        except soundfile.SoundFileError as exc:
            raise UsageError(f"{self!r} is no sound that soundfile can read: {exc}") from exc
        return samples
