"""What keeps workers from what is not theirs: their environment, their user, what they may use up."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from starwhale.core.resources import CPU, MEMORY
from starwhale.jobs.capacity import NOTHING, Ask
from starwhale.jobs.executors.identity import ANYBODY, Identity
from starwhale.jobs.executors.port import Launch, Outfit

#: Variables of this process that say nothing of it but where programs, libraries and devices are.
HARMLESS = (
    "PATH",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
    "NVIDIA_DRIVER_CAPABILITIES",
)
#: Processes and threads of a user who runs nothing but workers.
MOST_PROCESSES = 8192
MOST_FILES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """How far workers are kept in.

    Attributes:
        clean: They get of the variables of this process only `HARMLESS` ones, and no core dumps are written;
            what their step asks for of memory and cores is a limit.
        identity: As whom they run.
    """

    clean: bool = False
    identity: Identity = ANYBODY

    def environment(self, outfit: Outfit, more: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of a worker.

        Args:
            outfit: What it is started with.
            more: Variables that all workers get.
        """
        base = harmless() if self.clean else dict(os.environ)
        return (
            {**base, **outfit.environment, **more} if self.clean else {**base, **more, **outfit.environment}
        )

    def confined(self, launch: Launch) -> Launch:
        """A launch whose worker is held to what its step may use."""
        if not self.clean:
            return launch
        asked: Mapping[str, Any] = (launch.run.get("spec") or {}).get("resources") or {}
        limits = {"RLIMIT_CORE": 0, "RLIMIT_NOFILE": MOST_FILES}
        if self.identity.user:
            limits["RLIMIT_NPROC"] = MOST_PROCESSES
        environment = dict(launch.outfit.environment)
        memory = (asked.get(MEMORY) or {}).get("limit")
        if memory:
            limits["RLIMIT_DATA"] = int(memory)
            # Arrow's own allocator reserves a gigabyte that it may never use.
            environment.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
        cores = (asked.get(CPU) or {}).get("limit")
        if cores:
            environment.setdefault("OMP_NUM_THREADS", str(max(1, ceil(cores))))
        outfit = replace(
            launch.outfit, environment=environment, limits=limits, ask=Ask.of(asked) if asked else NOTHING
        )
        return replace(launch, outfit=outfit)


def harmless() -> dict[str, str]:
    """What of the environment of this process workers may have."""
    return {name: value for name, value in os.environ.items() if name in HARMLESS}
