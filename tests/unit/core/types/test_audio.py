"""Sound."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from starwhale.core.errors import UsageError
from starwhale.core.types.audio import Audio
from starwhale.core.types.mime import MIMEType

SAMPLES = np.linspace(-1, 1, 40).reshape(20, 2)


@pytest.fixture
def wave(tmp_path: Path) -> Path:
    path = tmp_path / "a.wav"
    soundfile.write(path, SAMPLES, 8000)
    return path


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32", "int16"])
def test_samples_are_those_that_soundfile_reads(wave: Path, dtype: Any) -> None:
    expected, _ = soundfile.read(wave, dtype=dtype)
    samples = Audio(wave, dtype=dtype).to_numpy()
    assert samples.dtype == dtype
    assert np.array_equal(samples, expected)
    assert np.array_equal(Audio(wave.read_bytes(), dtype=dtype).to_numpy(), expected)


def test_one_channel_keeps_its_dimension() -> None:
    file = BytesIO()
    soundfile.write(file, SAMPLES[:, 0], 8000, format="FLAC")
    assert Audio(file.getvalue()).to_numpy().shape == (20, 1)


def test_sound_tells_its_type_from_the_file(wave: Path) -> None:
    audio = Audio(wave)
    assert (audio.display_name, audio.mime_type, audio.shape, audio.dtype) == (
        "a.wav", MIMEType.WAV, [None], np.float64,
    )  # fmt: skip
    assert Audio(b"x").mime_type is MIMEType.UNDEFINED


def test_bytes_that_are_no_sound_say_so() -> None:
    with pytest.raises(UsageError, match=r"^Audio\('a', 8 bytes\) is no sound"):
        Audio(b"nonsense", "a").to_numpy()


def test_a_sample_type_that_soundfile_does_not_give_is_refused(wave: Path) -> None:
    with pytest.raises(UsageError, match=r"uint8.*float64, float32, int32, int16"):
        Audio(wave, dtype="uint8").to_numpy()
