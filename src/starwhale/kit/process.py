"""Which process is meant, for certain: numbers of processes are given again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessId:
    """One process and no other, ever.

    Attributes:
        host: The machine as it booted this time, and the namespace in which `pid` counts.
        pid: Its number there.
        started: When it started, in the words of its system.
    """

    host: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.pid} on {self.host.partition('/')[0]}"


def this_process() -> ProcessId:
    """The process that asks."""
    pid = os.getpid()
    return ProcessId(host=this_host(), pid=pid, started=start_of(pid) or "")


def is_alive(process: ProcessId) -> bool | None:
    """Whether it still runs; None for a process that cannot be seen from here."""
    if process.host != this_host():
        return None
    return start_of(process.pid) == process.started


def start_of(pid: int) -> str | None:
    """When the process `pid` of this machine started; None where none runs, a zombie being none."""
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_bytes()
        except OSError:
            return None
        # The name of the program, in parentheses, may hold anything, so fields are counted from its end.
        fields = stat[stat.rindex(b")") + 2 :].split()
        return None if fields[0] in {b"Z", b"X"} else fields[19].decode()
    found = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = found.stdout.strip().partition(" ")
    return None if not started or state.startswith("Z") else started.strip()


def this_host() -> str:
    """This machine as it booted this time; processes with the same one can see each other."""
    return f"{socket.gethostname()}/{_boot()}/{_namespace()}"


@lru_cache(maxsize=1)
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
    except OSError:
        found = subprocess.run(["sysctl", "-n", "kern.boottime"], capture_output=True, text=True, check=False)
        return found.stdout.partition(",")[0].rpartition(" ")[2]


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return ""
