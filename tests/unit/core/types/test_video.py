"""Moving pictures."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO

import numpy as np
import pytest

from starwhale.core.errors import MissingDependency, UsageError
from starwhale.core.types.mime import MIMEType
from starwhale.core.types.video import Video


def test_a_video_tells_what_it_is() -> None:
    video = Video(b"x", "a", (2, 3, 4, 3), MIMEType.MP4)
    assert (video.display_name, video.shape, video.mime_type) == ("a", [2, 3, 4, 3], MIMEType.MP4)
    assert video.dtype == np.uint8


@pytest.mark.skipif(find_spec("av") is not None, reason="PyAV is installed")
def test_frames_need_pyav_and_say_so() -> None:
    with pytest.raises(MissingDependency, match="pip install av"):
        Video(b"x").to_numpy()


def test_frames_are_decoded_in_order() -> None:
    av = pytest.importorskip("av", reason="PyAV is not installed")
    frames = np.stack([np.full((16, 32, 3), shade, np.uint8) for shade in (0, 120, 255)])
    file = BytesIO()
    with av.open(file, "w", format="avi") as container:
        stream = container.add_stream("ffv1", rate=5)
        stream.width, stream.height, stream.pix_fmt = 32, 16, "bgr0"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    assert np.array_equal(Video(file.getvalue()).to_numpy(), frames)


def test_bytes_that_are_no_video_say_so() -> None:
    pytest.importorskip("av", reason="PyAV is not installed")
    with pytest.raises(UsageError, match="is no video"):
        Video(b"nonsense").to_numpy()
