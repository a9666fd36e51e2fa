"""What this machine has for tasks, as far as it tells, and as far as the settings do not say otherwise."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from starwhale.core.resources import CPU, GPU, MEMORY
from starwhale.jobs.capacity import Capacity

_DEVICE = re.compile(r"nvidia\d+")
_CGROUP = Path("/sys/fs/cgroup")
_LEAST_OF_TABLES, _MOST_OF_TABLES = 128 << 20, 1 << 30
_SHARE_OF_TABLES = 32


def capacity_of(said: Mapping[str, float]) -> Capacity:
    """What tasks may have of this machine.

    Args:
        said: What the settings say instead of what is found: cores, bytes and devices, by resource.
    """
    found = find_gpus()
    count = int(said.get(GPU, len(found)))
    # Devices that only their owner knows of are called by their numbers.
    named = [*found, *(str(at) for at in range(count) if str(at) not in found)]
    return Capacity(
        millicores=round(said.get(CPU, find_cores()) * 1000),
        memory=int(said.get(MEMORY, find_memory())),
        gpus=tuple(named[:count]),
        hides=bool(found or count),
    )


def find_gpus() -> tuple[str, ...]:
    """Devices that this process sees: those of its environment, else all of NVIDIA's."""
    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    if told is not None:
        names = [each.strip() for each in told.split(",")]
        # Whatever stands behind a number below zero does not count, as CUDA has it.
        end = next((at for at, name in enumerate(names) if not name or name.startswith("-")), len(names))
        return tuple(names[:end])
    with suppress(OSError):
        devices = [each for each in Path("/dev").iterdir() if _DEVICE.fullmatch(each.name)]
        return tuple(str(at) for at in range(len(devices)))
    return ()


def find_cores() -> float:
    """Cores that this process may use, by its affinity and the quota of its group."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = (_CGROUP / "cpu.max").read_text("ascii").split()
        usable = min(float(usable), int(quota) / int(period))
    return usable


def room_for_tables() -> int:
    """Bytes of decoded tables that a process keeps where nobody says otherwise: a share of the memory.

    A million rows of thirty columns take 300 MiB. Where less is kept, each question about them decodes anew.
    """
    return min(_MOST_OF_TABLES, max(_LEAST_OF_TABLES, find_memory() // _SHARE_OF_TABLES))


def find_memory() -> int:
    """Bytes of memory that this process may use, by its machine and the limit of its group."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            total = min(total, int((_CGROUP / name).read_text("ascii")))
    return total
