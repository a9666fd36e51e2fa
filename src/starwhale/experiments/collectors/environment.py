"""The program of a run and the machine it runs on."""

from __future__ import annotations

import os
import platform
import re
import shlex
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starwhale.core.release import __version__
from starwhale.experiments.collectors.gpu import gpu_names
from starwhale.kit.people import system_user

#: Variables that decide how a program computes; others may be secret and are not looked at.
VARIABLES = (
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "PYTHONHASHSEED",
    "CUBLAS_WORKSPACE_CONFIG",
    "RANK",
    "LOCAL_RANK",
    "WORLD_SIZE",
    "MASTER_ADDR",
    "SLURM_JOB_ID",
    "SLURM_PROCID",
    "SLURM_NTASKS",
    "CONDA_DEFAULT_ENV",
    "VIRTUAL_ENV",
)
_SECRET = re.compile(r"(?i)(token|secret|passw|api[-_]?key|access[-_]?key|credential)")
HIDDEN = "***"


def environment_facts(environ: Mapping[str, str]) -> dict[str, Any]:
    """Python, its packages, the command line, the machine; what looks secret is hidden."""
    return {
        "command": shlex.join(without_secrets(sys.argv)),
        "directory": str(Path.cwd()),
        "executable": sys.executable,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "starwhale": __version__,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "host": socket.gethostname(),
        "user": system_user(),
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "memory": memory_size(),
        "gpus": gpu_names(),
        "variables": {name: environ[name] for name in VARIABLES if name in environ},
        "packages": packages(),
    }


def packages() -> dict[str, str]:
    """Version of each installed distribution by name."""
    from importlib.metadata import distributions

    found: dict[str, str] = {}
    for each in distributions():
        try:
            found.setdefault(each.metadata["Name"], each.version)
        except (KeyError, TypeError, OSError, UnicodeDecodeError):
            continue  # a broken installation is no reason to know nothing of the others
    return {name: found[name] for name in sorted(filter(None, found), key=str.casefold)}


def without_secrets(words: Sequence[str]) -> list[str]:
    """A command line with `***` for the values of options that sound like secrets."""
    shown: list[str] = []
    hide_next = False
    for word in words:
        if hide_next and not word.startswith("-"):
            shown.append(HIDDEN)
            hide_next = False
            continue
        name, equals, _value = word.partition("=")
        hide_next = False
        if (name.startswith("-") or equals) and _SECRET.search(name):
            shown.append(f"{name}={HIDDEN}" if equals else name)
            hide_next = not equals
        else:
            shown.append(word)
    return shown


def memory_size() -> int | None:
    """Bytes of memory of this machine; None where that cannot be told."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
