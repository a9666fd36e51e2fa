"""What tasks ask of the machine they run on, and what a machine has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from starwhale.core.resources import CPU, GPU, MEMORY


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What one task is to have to itself; what it does not ask for is not counted.

    Attributes:
        millicores: Thousandths of a core.
        memory: Bytes.
        gpus: Devices.
    """

    millicores: int = 0
    memory: int = 0
    gpus: int = 0

    @classmethod
    def of(cls, resources: Mapping[str, Mapping[str, float]]) -> Self:
        """What a step asks for with its resources, in the form of `normalise`."""

        def amount(name: str) -> float:
            amounts = resources.get(name) or {}
            return amounts.get("request", amounts.get("limit", 0))

        return cls(millicores=round(amount(CPU) * 1000), memory=int(amount(MEMORY)), gpus=int(amount(GPU)))

    def __bool__(self) -> bool:
        return bool(self.millicores or self.memory or self.gpus)

    def __str__(self) -> str:
        told = (
            _cores(self.millicores) if self.millicores else "",
            _memory(self.memory) if self.memory else "",
            _gpus(self.gpus) if self.gpus else "",
        )
        return _listed([each for each in told if each])


#: The one that most tasks have, so that it is compared at a glance.
NOTHING = Ask()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a machine has for tasks.

    Attributes:
        gpus: What its devices are called, as ``CUDA_VISIBLE_DEVICES`` names them.
        hides: It has devices that a task sees only where it asks for some.
    """

    millicores: int
    memory: int
    gpus: tuple[str, ...] = ()
    hides: bool = False

    def holds(self, ask: Ask) -> bool:
        """Whether a task that asks for so much can ever run here."""
        return ask.millicores <= self.millicores and ask.memory <= self.memory and ask.gpus <= len(self.gpus)

    def to_json(self) -> dict[str, Any]:
        """Plain lists and scalars; `from_json` reads them back."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave; fields of a later release are passed over."""
        known: dict[str, Any] = {each.name: plain[each.name] for each in fields(cls) if each.name in plain}
        known["gpus"] = tuple(known.get("gpus", ()))
        return cls(**known)

    def __str__(self) -> str:
        return _listed([_cores(self.millicores), _memory(self.memory), _gpus(len(self.gpus))])


def _listed(texts: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1]))) if texts else "nothing"


def _cores(millicores: int) -> str:
    return "1 core" if millicores == 1000 else f"{millicores / 1000:g} cores"


def _memory(size: int) -> str:
    unit, name = (1 << 30, "GiB") if size >= 1 << 30 else (1 << 20, "MiB")
    return f"{size / unit:,.1f} {name} of memory"


def _gpus(count: int) -> str:
    return "1 GPU" if count == 1 else f"{count or 'no'} GPUs"
