"""Logs of tasks are handed on line by line, in bounded memory, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.memory import peak_memory

from starwhale.cli import logs
from starwhale.cli.logs import Follower, print_logs
from starwhale.jobs.schemas import LogChunk
from starwhale.jobs.states import JobState

MEGABYTE = 1_000_000


@dataclass
class Jobs:
    """A job whose tasks have printed so much."""

    texts: dict[str, bytes]
    runs: Iterator[bool] = field(default_factory=lambda: iter([False] * 2))
    grow: Any = None

    def info(self, _actor: object, _uri: object) -> Any:
        if self.grow is not None:
            self.grow(self.texts)
        steps = [SimpleNamespace(rows=0, position=0, tasks=[SimpleNamespace(id=task) for task in self.texts])]
        state = JobState.RUNNING if next(self.runs, False) else JobState.SUCCESS
        return SimpleNamespace(steps=steps, state=state)

    def log_sizes(self, _actor: object, _uri: object) -> dict[str, int]:
        return {task: len(text) for task, text in self.texts.items() if text}

    def logs(self, _actor: object, _uri: object, task: str, offset: int, limit: int) -> LogChunk:
        data = self.texts[task][offset : offset + limit]
        return LogChunk(data=data, next=offset + len(data), ended=True)


class Out:
    """Keeps what is printed, or only counts it."""

    def __init__(self, *, keep: bool = True) -> None:
        self.keep, self.lines, self.documents, self.size = keep, list[str](), list[Any](), 0

    def line(self, text: str, _value: object = None) -> None:
        self.size += len(text) + 1
        if self.keep:
            self.lines.append(text)

    def document(self, value: Any) -> None:
        self.documents.append(value)


def session(jobs: Jobs, out: Out, *, json: bool = False) -> Any:
    return SimpleNamespace(json=json, out=out, actor=None, instance=SimpleNamespace(jobs=jobs))


def printed(*, json: bool = False, **texts: bytes) -> Any:
    out = Out()
    named = {name.replace("_", "0."): text for name, text in texts.items()}
    print_logs(session(Jobs(named), out, json=json), None, None, follow=False)  # type: ignore[arg-type]
    return out.documents[0] if json else out.lines


def followed(texts: dict[str, bytes]) -> list[str]:
    lines: list[str] = []
    Follower(session(Jobs(texts), Out()), None, all_tasks=True).pump(lines.append, last=True)  # type: ignore[arg-type]
    return lines


def test_lines_of_all_tasks_come_task_by_task() -> None:
    assert printed(_0=b"a\n\nb\n", _1=b"", _2=b"c") == ["0.0 | a", "0.0 | ", "0.0 | b", "0.2 | c"]
    assert printed(_0=b"a\nb") == ["a", "b"]
    assert printed(_0=b"a\nb\xff", json=True) == [{"task": "0.0", "log": "a\nb\ufffd"}]


def test_a_progress_bar_is_a_line_each_time_it_returns() -> None:
    assert printed(_0=b"\r10%\r20%\r\nend\r\n") == ["", "10%", "20%", "end"]
    assert followed({"0.0": b"\r10%\r20%\r\nend\r\n"}) == ["\r10%\r20%", "end"]


@given(st.lists(st.sampled_from(["a", "é", "\U0001f433", "\n", "\r", "bc"]), max_size=60), st.integers(1, 9))
def test_pieces_make_no_difference(parts: list[str], piece: int) -> None:
    data = "".join(parts).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "PIECE", piece)
        assert printed(_0=data) == [line.decode() for line in data.splitlines()]
        expected = [line.rstrip("\r") for line in data.decode().split("\n")]
        assert followed({"0.0": data}) == (expected if data.rpartition(b"\n")[2] else expected[:-1])


def test_a_line_without_an_end_is_broken_between_two_characters() -> None:
    text = "é" * 1_500_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "PIECE", 99_999)
        found = printed(_0=text.encode())
    assert len(found) > 1
    assert "".join(found) == text


def test_what_is_printed_while_it_is_followed_comes_once_and_in_whole_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logs, "FOLLOW_SECONDS", 0)
    more = iter([b"on", b"e\ntw", b"o\n", b"three"])

    def grow(texts: dict[str, bytes]) -> None:
        texts["0.0"] += next(more, b"")

    out = Out()
    jobs = Jobs({"0.0": b""}, runs=iter([True] * 5), grow=grow)
    print_logs(session(jobs, out), None, None, follow=True)  # type: ignore[arg-type]
    assert out.lines == ["one", "two", "three"]


@pytest.mark.parametrize("line", [b"y" * 99 + b"\n", b"z\n", b"\n", b"no end"], ids=["100", "2", "1", "none"])
@pytest.mark.parametrize("how", ["print", "follow"])
def test_memory_does_not_grow_with_the_log(line: bytes, how: str, tmp_path: Path) -> None:
    # Tracing takes long where many small things are made.
    size = 10 * MEGABYTE if len(line) > 2 else MEGABYTE
    whole = line * (size // len(line))

    def work() -> None:
        out = Out(keep=False)
        given = session(Jobs({"0.0": whole}), out)
        if how == "print":
            print_logs(given, None, None, follow=False)  # type: ignore[arg-type]
        else:
            Follower(given, None, all_tasks=True).pump(out.line, last=True)  # type: ignore[arg-type]
        assert out.size >= len(whole)

    assert peak_memory(work, enough=8 * MEGABYTE) < 8 * MEGABYTE
