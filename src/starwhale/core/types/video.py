"""Moving pictures."""

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


class Video(BaseArtifact):
    """Encoded moving pictures.

    Args:
        fp: Bytes, a path, or an open file.
        display_name: Name to show; that of the file when not given.
        shape: ``(frames, height, width, channels)``, where it is known.
        mime_type: What the bytes are; told by the suffix of a path when not given.
        dtype: Of the pixels of `to_numpy`.
        link: Where the bytes stay, in place of `fp`.

    Raises:
        NotFound: `fp` is a path and there is no such file.
        UsageError: `fp` is nothing that holds bytes, or `mime_type` is no video.
    """

    __slots__ = ()
    logical = "video"
    kind = ArtifactType.Video
    accepts = ("video/", "x/undefined")
    defaults = description(shape=[None])

    def __init__(
        self,
        fp: Any = "",
        display_name: str = "",
        shape: Shape | None = None,
        mime_type: MIMEType | str | None = None,
        dtype: Any = "uint8",
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
        """Every frame in RGB, shape ``(frames, height, width, 3)``: all of them in memory at once.

        Raises:
            UsageError: the bytes are no video that PyAV can read.
            MissingDependency: PyAV is not installed.
        """
        av = need("av", "av")
        import numpy as np

        try:
            with av.open(BytesIO(self.payload())) as container:
                frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        except (av.FFmpegError, IndexError, ValueError) as exc:
            raise UsageError(f"{self!r} is no video that PyAV can read: {exc}") from exc
        return np.stack(frames).astype(self.dtype, copy=False)
