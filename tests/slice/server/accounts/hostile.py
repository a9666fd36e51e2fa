"""Files that run code when they are read by the library that made them: each leaves a mark of its own."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml


class _Payload:
    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self._mark),)


def _pickled(mark: Path) -> bytes:
    return pickle.dumps(_Payload(mark))


def _torch(mark: Path) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("archive/data.pkl", _pickled(mark))
        archive.writestr("archive/version", b"3\n")
    return whole.getvalue()


def _arrays(mark: Path) -> bytes:
    whole = io.BytesIO()
    np.savez(whole, a=np.array([_Payload(mark)], dtype=object))
    return whole.getvalue()


def _yaml(mark: Path) -> bytes:
    return f"a: !!python/object/apply:os.mkdir [{str(mark)!r}]\n".encode()


_MADE: dict[str, Callable[[Path], bytes]] = {
    "weights.pkl": _pickled,
    "model.joblib": _pickled,
    "weights.pt": _torch,
    "arrays.npz": _arrays,
    "settings.yaml": _yaml,
}


def files(marks: Path) -> dict[str, bytes]:
    """The files by name; each makes a directory of its name in `marks` where it is believed."""
    return {name: made(marks / name) for name, made in _MADE.items()}


def believe(name: str, data: bytes) -> Any:
    """Read one as the library does that it is meant for."""
    if name.endswith(".pt"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return pickle.loads(archive.read("archive/data.pkl"))
    if name.endswith(".npz"):
        return np.load(io.BytesIO(data), allow_pickle=True)["a"]
    if name.endswith(".yaml"):
        return yaml.unsafe_load(data)
    return pickle.loads(data)
