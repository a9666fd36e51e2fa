"""What is known of the model in a package: what its program said, and what its files say."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from starwhale.core.errors import StarwhaleError
from starwhale.models.facts.declared import FACTS, LONGEST, ModelFacts
from starwhale.models.facts.plain import told
from starwhale.models.facts.source import Read, Unreadable
from starwhale.models.facts.tree import File, facts_of_tree
from starwhale.models.facts.values import FileFacts, Label

# Where several forms of one model lie in a package, its numbers are counted in the first of these.
_WEIGHTS = ("safetensors", "gguf", "pytorch")
_DESCRIBED = ("transformers", "diffusers")
_OWN = ("onnx", "xgboost", "lightgbm", "keras", "pickle", "joblib")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFacts:
    """What is known of the model in a package.

    Attributes:
        declared: What the program that made it said; None where it said nothing.
        files: What each file says, by path.
        problem: Why what the program said could not be read; empty where it could.
    """

    declared: ModelFacts | None = None
    files: tuple[FileFacts, ...] = ()
    problem: str = ""

    @property
    def labels(self) -> tuple[Label, ...]:
        """The models of the package, each in one line; empty where nothing is known."""
        return (self.declared.label,) if self.declared is not None else tuple(_labels(self.files))

    @property
    def dangers(self) -> tuple[str, ...]:
        """What unpickling a file would import that no model needs, each once."""
        return tuple(sorted({name for each in self.files for name in each.dangers}))

    @property
    def is_whole(self) -> bool:
        """Whether there was time for all files."""
        return not any(each.late for each in self.files)

    def to_json(self) -> dict[str, Any]:
        """Plain values, which can be written down as text wherever they are from."""
        return told(
            {
                "labels": [each.to_json() for each in self.labels],
                "declared": self.declared.to_json() if self.declared is not None else None,
                "files": [each.to_json() for each in self.files],
                "dangers": list(self.dangers),
                "problem": self.problem,
            }
        )


def facts_of_package(
    entries: Iterable[File], opened: Callable[[File], Read], *, patience: float = math.inf
) -> PackageFacts:
    """What is known of the model in a package; no file stops it.

    Args:
        entries: All files.
        opened: Gives what reads ranges of a file.
        patience: Seconds after which no other file is opened.
    """
    listed = list(entries)
    declared, problem = None, ""
    own = next((each for each in listed if each.path == FACTS), None)
    if own is not None:
        try:
            if own.size > LONGEST:
                raise Unreadable(f"{FACTS} has {own.size} bytes, and {LONGEST} is the most")
            declared = ModelFacts.from_bytes(opened(own)(0, own.size))
        except StarwhaleError as error:
            problem = error.message
    rest = (each for each in listed if not each.path.startswith(".starwhale/"))
    return PackageFacts(
        declared=declared, files=tuple(facts_of_tree(rest, opened, patience=patience)), problem=problem
    )


def _labels(files: Sequence[FileFacts]) -> list[Label]:
    # Two thousand files may have as many labels, so that each is looked up and not compared with all others.
    found: dict[Label, None] = {}
    described = [each for each in files if each.format in _DESCRIBED]
    weights = _weights(files)
    if described:
        first = min(described, key=lambda each: (each.path.count("/"), each.path))
        count = _sum(weights)
        label = Label(
            framework=first.framework,
            version=first.version,
            class_name=first.class_name,
            parameters=count,
        )
        found[label] = None
    elif weights:
        found[_of_weights(weights)] = None
    for each in files:
        if each.format == "peft" or (each.format in _OWN and each.framework):
            label = Label(
                framework=each.framework,
                version=each.version,
                class_name=each.class_name,
                parameters=each.parameters,
            )
            found[label] = None
    return list(found)


def _weights(files: Sequence[FileFacts]) -> list[FileFacts]:
    """The files of that form in which the numbers are counted."""
    for form in _WEIGHTS:
        chosen = [each for each in files if each.format == form and each.parameters]
        if chosen:
            return chosen
    return []


def _of_weights(weights: Sequence[FileFacts]) -> Label:
    first = weights[0]
    return Label(
        framework=first.framework or first.format,
        version=first.version,
        class_name=first.class_name,
        parameters=_sum(weights),
    )


def _sum(weights: Sequence[FileFacts]) -> int | None:
    return sum(each.parameters or 0 for each in weights) or None
