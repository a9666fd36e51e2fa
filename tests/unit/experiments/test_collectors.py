"""What is collected: lines that are printed, gauges of the machine, the command line."""

from __future__ import annotations

import io
import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.experiments.collectors.console import LONGEST, ConsoleCollector, Lines, Tee
from starwhale.experiments.collectors.environment import without_secrets
from starwhale.experiments.collectors.git import git_facts, without_credentials
from starwhale.experiments.collectors.gpu import gpu_gauges, gpu_names
from starwhale.experiments.collectors.hardware import Gauges, HardwareCollector


@given(st.text(st.sampled_from("ab\n\r")), st.lists(st.integers(0, 50), max_size=5))
def test_lines_do_not_depend_on_how_they_were_written(text: str, cuts: list[int]) -> None:
    lines, found, start = Lines(), list[str](), 0
    for cut in [*sorted(cuts), len(text)]:
        found += lines.feed(text[start:cut])
        start = max(start, cut)
    found += lines.end()
    expected = [line.removesuffix("\r").rpartition("\r")[2] for line in text.split("\n")]
    if not expected[-1]:
        expected.pop()
    assert found == expected


def test_a_progress_bar_is_kept_as_it_was_last_and_in_bounded_memory() -> None:
    lines = Lines()
    for percent in range(20_000):
        assert lines.feed(f"\r{percent} %") == []
        assert len(lines._rest) <= LONGEST + 10
    assert lines.feed("\n") == ["19999 %"]
    found = lines.feed("x" * (3 * LONGEST + 5))
    assert [len(part) for part in [*found, *lines.end()]] == [LONGEST, LONGEST, LONGEST, 5]


def test_a_stream_that_cannot_be_kept_is_still_written() -> None:
    def keep(_stream: str, _line: str) -> None:
        raise OSError("no space left")

    out = io.StringIO()
    tee = Tee("stdout", out, keep)
    tee.write("one\ntwo\n")
    tee.write("three\n")
    assert out.getvalue() == "one\ntwo\nwhat is printed is not kept any more: no space left\nthree\n"


def test_the_streams_are_given_back() -> None:
    before = sys.stdout
    kept: list[tuple[str, str]] = []
    collector = ConsoleCollector(lambda stream, line: kept.append((stream, line)))
    collector.start()
    print("hello")
    print("half", end="")
    print("oh", file=sys.stderr)
    collector.stop()
    assert sys.stdout is before
    assert kept == [("stdout", "hello"), ("stderr", "oh"), ("stdout", "half")]


def test_gauges_are_read_from_proc(tmp_path: Path) -> None:
    def tell(busy: int, sectors: int) -> None:
        (tmp_path / "stat").write_text(f"cpu {busy} 0 0 100 0 0 0 0 0 0\n")
        (tmp_path / "diskstats").write_text(
            f"8 0 sda 1 0 {sectors} 0 1 0 {sectors} 0\n8 1 sda1 1 0 {sectors} 0 1 0 {sectors} 0\n"
            f"259 0 nvme0n1 1 0 {sectors} 0 1 0 0 0\n259 1 nvme0n1p1 1 0 {sectors} 0 1 0 0 0\n"
            "7 0 loop0 1 0 9 0 1 0 9 0\n"
        )

    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\n")
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "status").write_text("Name: x\nVmRSS:\t 40 kB\nThreads:\t3\n")
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "dev").write_text("a\nb\n  lo: 9 0 0 0 0 0 0 0 9\n eth0: 5 0 0 0 0 0 0 0 7\n")
    tell(0, 0)
    gauges = Gauges(tmp_path, str(tmp_path))
    first = gauges.read()
    assert (first["memory/percent"], first["memory/bytes"]) == (75.0, 750 * 1024)
    assert (first["process/memory_bytes"], first["process/threads"]) == (40 * 1024, 3)
    tell(100, 1000)
    time.sleep(0.01)
    second = gauges.read()
    assert second["cpu/percent"] == 100.0
    read, sent = second["disk/read_bytes_per_second"], second["disk/written_bytes_per_second"]
    assert read == pytest.approx(2 * sent)
    assert second["network/sent_bytes_per_second"] == 0


def test_a_machine_without_proc_has_fewer_gauges(tmp_path: Path) -> None:
    assert set(Gauges(tmp_path / "none", str(tmp_path)).read()) == {"disk/percent"}


def test_the_gpus_are_asked_where_there_are_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (gpu_names(), gpu_gauges()) == ([], {})
    program = tmp_path / "nvidia-smi"
    program.write_text(
        "#!/bin/sh\n"
        "case \"$1\" in *name*) echo 'NVIDIA H200';; *) echo '0, 37, 1024, 2048, 45, [N/A]';; esac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.defpath}")
    assert gpu_names() == ["NVIDIA H200"]
    assert gpu_gauges() == {
        "gpu/0/percent": 37.0,
        "gpu/0/memory_bytes": 1024.0 * 1024**2,
        "gpu/0/memory_total_bytes": 2048.0 * 1024**2,
        "gpu/0/celsius": 45.0,
    }
    assert Gauges(disk=str(tmp_path)).read()["gpu/0/percent"] == 37.0


class Steady(Gauges):
    """Gauges that count up."""

    count = 0.0

    def read(self) -> dict[str, float]:
        self.count += 1
        if self.count == 3:
            raise OSError("gone for a moment")
        return {"x": self.count}


def test_mean_and_peak_of_the_samples_are_reported() -> None:
    told: list[tuple[dict[str, float], int]] = []
    collector = HardwareCollector(
        lambda values, count: told.append((values, count)),
        sample_seconds=0.005,
        report_seconds=0.05,
        gauges=Steady(disk="/"),
    )
    collector.start()
    time.sleep(0.2)
    collector.stop()
    assert [count for _, count in told] == list(range(len(told)))
    assert len(told) > 1
    assert told[0][0]["x_peak"] > told[0][0]["x"] >= 1


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["a.py", "--token", "s", "x"], ["a.py", "--token", "***", "x"]),
        (["a.py", "--api-key=s", "--lr=1"], ["a.py", "--api-key=***", "--lr=1"]),
        (["a.py", "--use-token", "--lr", "1"], ["a.py", "--use-token", "--lr", "1"]),
        (["a.py", "DB_PASSWORD=s", "token"], ["a.py", "DB_PASSWORD=***", "token"]),
    ],
)
def test_secrets_of_a_command_line_are_hidden(words: list[str], shown: list[str]) -> None:
    assert without_secrets(words) == shown


def test_credentials_of_a_remote_are_left_out(tmp_path: Path) -> None:
    assert without_credentials("https://me:pw@example.com/a.git") == "https://example.com/a.git"
    assert without_credentials("git@example.com:a.git") == "git@example.com:a.git"
    assert git_facts(tmp_path) == {}
