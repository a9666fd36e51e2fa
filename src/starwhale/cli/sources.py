"""Options of `swcli dataset build` that name where rows come from, and what each opens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starwhale.datasets.sources.port import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in.

    Attributes:
        option: What the user types.
        opens: Function of `datasets.sources.opening`.
        settings: Parameters of the command that concern it, by the names the function knows.
        fixed: Arguments that the option itself stands for.
    """

    option: str
    opens: str
    settings: tuple[tuple[str, str], ...] = ()
    fixed: tuple[tuple[str, Any], ...] = ()


def _same(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names)


_CSV = _same(
    "dialect", "delimiter", "quotechar", "skipinitialspace", "strict", "encoding", "infer_types"
)  # fmt: skip
_HUB = (("subset", "subsets"), *_same("split", "revision", "cache"), ("add_hf_info", "add_info"))

WAYS: dict[str, Way] = {
    "image": Way(option="--image", opens="folder", settings=_same("auto_label"), fixed=(("kind", "image"),)),
    "audio": Way(option="--audio", opens="folder", settings=_same("auto_label"), fixed=(("kind", "audio"),)),
    "video": Way(option="--video", opens="folder", settings=_same("auto_label"), fixed=(("kind", "video"),)),
    "json": Way(option="--json", opens="json", settings=_same("field_selector", "encoding")),
    "csv": Way(option="--csv", opens="csv", settings=_CSV),
    "parquet": Way(option="--parquet", opens="arrow"),
    "huggingface": Way(option="--huggingface", opens="huggingface", settings=_HUB),
    "webdataset": Way(option="--webdataset", opens="webdataset"),
    "coco": Way(option="--coco", opens="coco", settings=(("coco_images", "images"),)),
    "voc": Way(option="--voc", opens="voc"),
    "llm": Way(option="--llm", opens="llm", settings=(("llm_format", "format"), ("encoding", "encoding"))),
}


def chosen(told: Mapping[str, Any], code: Sequence[str]) -> str | None:
    """The one way that was asked for, or None where it is the user's code.

    Args:
        told: All parameters of the command.
        code: Options for code that were given.

    Raises:
        UsageError: several were.
    """
    asked = [name for name in WAYS if told[name]]
    options = [*code, *(WAYS[name].option for name in asked)]
    if len(options) > 1:
        both = " and ".join(options) if len(options) == 2 else ", ".join(options)
        raise UsageError(f"{both} are given together", hint="name one source")
    return asked[0] if asked else None


def idle_settings(name: str | None, given: set[str]) -> list[str]:
    """Options that were given and have nothing to do with the chosen source, as they are typed."""
    concerned = {setting for setting, _ in WAYS[name].settings} if name else set[str]()
    known = {setting for way in WAYS.values() for setting, _ in way.settings}
    return sorted("--" + setting.replace("_", "-") for setting in (known & given) - concerned)


def open_source(name: str, told: Mapping[str, Any]) -> Source:
    """The source that the options describe."""
    from starwhale.datasets.sources import opening

    way = WAYS[name]
    value: Any = told[name]
    settings = {argument: told[setting] for setting, argument in way.settings}
    if name == "huggingface":
        settings["subsets"] = list(told["subset"]) or None
    opener = getattr(opening, way.opens)
    return opener(list(value) if isinstance(value, tuple) else value, **settings, **dict(way.fixed))


def default_name(name: str, told: Mapping[str, Any]) -> str:
    """What to call a dataset whose name was not given: after the first thing it is read from."""
    value: Any = told[name]
    first: str = value[0] if isinstance(value, tuple) else value
    if "://" in first or name == "huggingface":
        return PurePosixPath(first.partition("?")[0]).name.split(".")[0]
    path = Path(first).resolve()
    return path.name if path.is_dir() else path.name.split(".")[0]
