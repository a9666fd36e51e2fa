"""What `nvidia-smi` tells of the GPUs, where it is installed."""

from __future__ import annotations

import shutil
import subprocess

PATIENCE = 10.0
GAUGES = {
    "utilization.gpu": ("percent", 1.0),
    "memory.used": ("memory_bytes", 1024.0**2),
    "memory.total": ("memory_total_bytes", 1024.0**2),
    "temperature.gpu": ("celsius", 1.0),
    "power.draw": ("watts", 1.0),
}


def gpu_names() -> list[str]:
    """Names of the GPUs; none where there is no `nvidia-smi`."""
    return [row[0] for row in _ask(["name"])]


def gpu_gauges() -> dict[str, float]:
    """``gpu/NUMBER/GAUGE`` to its value; what a GPU cannot tell is left out."""
    found: dict[str, float] = {}
    for row in _ask(["index", *GAUGES]):
        for text, (name, scale) in zip(row[1:], GAUGES.values(), strict=False):
            try:
                found[f"gpu/{row[0]}/{name}"] = float(text) * scale
            except ValueError:  # "[N/A]" and its like
                continue
    return found


def has_gpu_tool() -> bool:
    """Whether there is an `nvidia-smi` to be asked."""
    return shutil.which("nvidia-smi") is not None


def _ask(fields: list[str]) -> list[list[str]]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    words = [program, f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"]
    try:
        ran = subprocess.run(
            words, capture_output=True, text=True, check=False, timeout=PATIENCE, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    if ran.returncode:
        return []
    return [[cell.strip() for cell in line.split(",")] for line in ran.stdout.splitlines() if line.strip()]
