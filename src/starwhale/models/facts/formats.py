"""Which reader a file is for: by its name, then by how it begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starwhale.models.facts import archive, gguf, lightgbm
from starwhale.models.facts.gguf import read_gguf
from starwhale.models.facts.huggingface import DESCRIPTIONS, read_description
from starwhale.models.facts.keras import read_keras
from starwhale.models.facts.lightgbm import read_lightgbm
from starwhale.models.facts.onnx import read_onnx
from starwhale.models.facts.pickled import is_pickle, read_pickle
from starwhale.models.facts.pytorch import read_pytorch
from starwhale.models.facts.safetensors import read_safetensors
from starwhale.models.facts.source import MOST_READ, Source
from starwhale.models.facts.values import FileFacts
from starwhale.models.facts.xgboost import is_xgboost, read_xgboost

HEAD = 128
"""How many bytes of the beginning tell one format from another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A kind of file and how it is read.

    Attributes:
        name: As `FileFacts.format` has it, as long as nothing more is known.
        accepts: Whether a file that begins so is one.
        read: Its facts; None where it is something else in spite of its beginning.
        most: Bytes of it that may be read.
    """

    name: str
    accepts: Callable[[bytes], bool]
    read: Callable[[Source, str], FileFacts | None]
    most: int = MOST_READ


def _any(_: bytes) -> bool:
    return True


_SAFETENSORS = Format(name="safetensors", accepts=_any, read=read_safetensors)
_ONNX = Format(name="onnx", accepts=_any, read=read_onnx)
_GGUF = Format(name="gguf", accepts=lambda head: head.startswith(gguf.MAGIC), read=read_gguf)
_XGBOOST = Format(name="xgboost", accepts=is_xgboost, read=read_xgboost, most=1 << 30)
_LIGHTGBM = Format(
    name="lightgbm", accepts=lambda head: head.startswith(lightgbm.MAGIC + b"version="), read=read_lightgbm
)
_KERAS = Format(name="keras", accepts=_any, read=read_keras)
_PYTORCH = Format(name="pytorch", accepts=lambda head: head.startswith(archive.MAGIC), read=read_pytorch)
_PICKLE = Format(name="pickle", accepts=is_pickle, read=read_pickle, most=1 << 30)
_ANY_PICKLE = Format(name="pickle", accepts=_any, read=read_pickle, most=1 << 30)
_DESCRIPTION = Format(name="description", accepts=_any, read=read_description)

_CERTAIN: dict[str, tuple[Format, ...]] = {
    ".safetensors": (_SAFETENSORS,),
    ".onnx": (_ONNX,),
    ".gguf": (_GGUF,),
    ".keras": (_KERAS,),
    ".pt": (_PYTORCH, _ANY_PICKLE),
    ".pth": (_PYTORCH, _ANY_PICKLE),
    ".ckpt": (_PYTORCH, _PICKLE),
    ".pkl": (_PYTORCH, _ANY_PICKLE),
    ".pickle": (_PYTORCH, _ANY_PICKLE),
    ".joblib": (_ANY_PICKLE,),
    ".ubj": (_XGBOOST,),
    ".xgb": (_XGBOOST,),
    ".lgb": (_LIGHTGBM,),
}
"""Suffixes that nothing but models have."""

_POSSIBLE: dict[str, tuple[Format, ...]] = {
    ".bin": (_PYTORCH, _GGUF, _PICKLE),
    ".model": (_XGBOOST, _LIGHTGBM, _PICKLE),
    ".bst": (_XGBOOST, _LIGHTGBM),
    ".json": (_XGBOOST,),
    ".txt": (_LIGHTGBM,),
    ".sav": (_PICKLE,),
    ".dill": (_PICKLE,),
    ".pk": (_PICKLE,),
    ".p": (_PICKLE,),
}
"""Suffixes that other files have as well; how they begin decides."""


def is_certain(path: str) -> bool:
    """Whether the name alone says that a file belongs to a model."""
    return _name(path) in DESCRIPTIONS or _suffix(path) in _CERTAIN


def is_possible(path: str) -> bool:
    """Whether a file may belong to a model."""
    return is_certain(path) or _suffix(path) in _POSSIBLE


def format_of(path: str, head: bytes) -> Format | None:
    """What a file is.

    Args:
        path: Its name decides which formats come into question.
        head: Its first `HEAD` bytes.

    Returns:
        None for a file that is no model.
    """
    if _name(path) in DESCRIPTIONS:
        return _DESCRIPTION
    suffix = _suffix(path)
    candidates = _CERTAIN.get(suffix) or _POSSIBLE.get(suffix, ())
    return next((each for each in candidates if each.accepts(head)), None)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _suffix(path: str) -> str:
    _, dot, suffix = _name(path).rpartition(".")
    return dot + suffix.lower()
