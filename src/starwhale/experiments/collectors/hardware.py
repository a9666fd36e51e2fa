"""Gauges of the machine and of this process, read from `/proc`; elsewhere what the standard library knows."""

from __future__ import annotations

import logging
import resource
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from starwhale.experiments.collectors.gpu import gpu_gauges, has_gpu_tool

log = logging.getLogger(__name__)

PROC = Path("/proc")
SECTOR = 512
#: Asking the GPUs may take so large a share of the time.
GPU_SHARE = 0.05


class Gauges:
    """Reads the gauges; those of growing sums are told per second since the last reading.

    Args:
        proc: Where the kernel tells of itself.
        disk: A directory on the disk whose space counts.
    """

    def __init__(self, proc: Path = PROC, disk: str = "/") -> None:
        self._proc = proc
        self._disk = disk
        self._at = 0.0
        self._sums: dict[str, float] = {}
        self._gpus = has_gpu_tool()
        self._gpus_at = 0.0

    def read(self) -> dict[str, float]:
        """Gauge to value: percent, bytes, bytes per second."""
        now = time.monotonic()
        sums = {**_processor(self._proc), **_own_cpu(), **_disks(self._proc), **_network(self._proc)}
        found = {**_memory(self._proc), **_own_memory(self._proc), **_space(self._disk)}
        if self._at:
            found.update(_rates(self._sums, sums, now - self._at))
        self._at, self._sums = now, sums
        if self._gpus and now >= self._gpus_at:
            found.update(gpu_gauges())
            self._gpus_at = time.monotonic() + (time.monotonic() - now) / GPU_SHARE
        return found


def _rates(before: Mapping[str, float], now: Mapping[str, float], seconds: float) -> dict[str, float]:
    found: dict[str, float] = {}
    busy, whole = (now.get(name, 0.0) - before.get(name, 0.0) for name in ("cpu_busy", "cpu_whole"))
    if whole > 0:
        found["cpu/percent"] = min(max(100 * busy / whole, 0.0), 100.0)
    for name, value in now.items():
        if name in before and not name.startswith("cpu_") and seconds > 0:
            grown = max(value - before[name], 0.0) / seconds
            found[name] = 100 * grown if name == "process/cpu_percent" else grown
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""


def _processor(proc: Path) -> dict[str, float]:
    words = _text(proc / "stat").partition("\n")[0].split()
    if len(words) < 6 or words[0] != "cpu":
        return {}
    # user nice system idle iowait irq softirq steal; what guests used is counted in user already
    ticks = [float(word) for word in words[1:9]]
    return {"cpu_busy": sum(ticks) - ticks[3] - ticks[4], "cpu_whole": sum(ticks)}


def _own_cpu() -> dict[str, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"process/cpu_percent": used.ru_utime + used.ru_stime}


def _memory(proc: Path) -> dict[str, float]:
    kib: dict[str, float] = {}
    for line in _text(proc / "meminfo").splitlines():
        name, _, rest = line.partition(":")
        if name in ("MemTotal", "MemAvailable"):
            kib[name] = float(rest.split()[0])
    if len(kib) < 2 or not kib["MemTotal"]:
        return {}
    used = kib["MemTotal"] - kib["MemAvailable"]
    return {"memory/bytes": used * 1024, "memory/percent": 100 * used / kib["MemTotal"]}


def _own_memory(proc: Path) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in _text(proc / "self" / "status").splitlines():
        name, _, rest = line.partition(":")
        if name == "VmRSS":
            found["process/memory_bytes"] = float(rest.split()[0]) * 1024
        elif name == "Threads":
            found["process/threads"] = float(rest)
    return found


def _disks(proc: Path) -> dict[str, float]:
    read = written = 0.0
    rows = [row for line in _text(proc / "diskstats").splitlines() if len(row := line.split()) > 9]
    names = {row[2] for row in rows}
    for row in rows:
        # A partition is counted with its disk, and what is stacked on disks with those.
        if not row[2].startswith(("loop", "ram", "dm-", "md")) and not _is_part(row[2], names):
            read += float(row[5])
            written += float(row[9])
    if not names:
        return {}
    return {"disk/read_bytes_per_second": read * SECTOR, "disk/written_bytes_per_second": written * SECTOR}


def _is_part(name: str, names: set[str]) -> bool:
    stem = name.rstrip("0123456789")
    return stem != name and (stem in names or stem.removesuffix("p") in names)


def _network(proc: Path) -> dict[str, float]:
    received = sent = 0.0
    lines = _text(proc / "net" / "dev").splitlines()[2:]
    for line in lines:
        name, _, rest = line.partition(":")
        numbers = rest.split()
        if name.strip() != "lo" and len(numbers) > 8:
            received += float(numbers[0])
            sent += float(numbers[8])
    if not lines:
        return {}
    return {"network/received_bytes_per_second": received, "network/sent_bytes_per_second": sent}


def _space(directory: str) -> dict[str, float]:
    try:
        used = shutil.disk_usage(directory)
    except OSError:
        return {}
    return {"disk/percent": 100 * used.used / used.total} if used.total else {}


class HardwareCollector:
    """Samples gauges in a thread of its own; tells mean and peak of what it saw at each report.

    Args:
        report: Takes the gauges and the number of the report.
        sample_seconds: From one sample to the next.
        report_seconds: From one report to the next; the last one comes when it is stopped.
        gauges: What to read.
    """

    def __init__(
        self,
        report: Callable[[dict[str, float], int], None],
        *,
        sample_seconds: float,
        report_seconds: float,
        gauges: Gauges | None = None,
    ) -> None:
        self._report = report
        self._sample_seconds = sample_seconds
        self._report_seconds = report_seconds
        self._gauges = gauges or Gauges(disk=str(Path.cwd()))
        self._seen: dict[str, list[float]] = {}
        self._count = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="starwhale-hardware", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and report what was not reported yet."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        self._sample()
        reported = time.monotonic()
        while not self._stop.wait(self._sample_seconds):
            self._sample()
            if time.monotonic() - reported >= self._report_seconds:
                self._tell()
                reported = time.monotonic()
        self._sample()
        self._tell()

    def _sample(self) -> None:
        try:
            for name, value in self._gauges.read().items():
                self._seen.setdefault(name, []).append(value)
        except Exception as error:  # noqa: BLE001 - a run goes on without the gauges of its machine
            log.warning("the gauges of this machine cannot be read: %s", error)

    def _tell(self) -> None:
        found = {name: sum(values) / len(values) for name, values in self._seen.items()}
        found.update({f"{name}_peak": max(values) for name, values in self._seen.items() if len(values) > 1})
        self._seen.clear()
        if found:
            try:
                self._report(found, self._count)
            except Exception as error:  # noqa: BLE001 - as above
                log.warning("the gauges of this machine cannot be kept: %s", error)
        self._count += 1
