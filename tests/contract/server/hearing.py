"""Somebody who listens to a stream: of events, or of a log."""

from __future__ import annotations

import json
import threading
from typing import Any

from tests.contract.server.processes import Caller, until


class Ear(threading.Thread):
    """Reads a stream until it ends."""

    def __init__(self, caller: Caller, path: str, **headers: str) -> None:
        super().__init__(daemon=True)
        self._caller, self._path, self._headers = caller, path, headers
        self.lines: list[str] = []
        self.failed: BaseException | None = None
        self._open = threading.Event()
        self.start()
        assert self._open.wait(60)

    def run(self) -> None:
        try:
            with self._caller.stream("GET", self._path, headers=self._headers) as answer:
                assert answer.status_code == 200, answer.read()
                for line in answer.iter_lines():
                    self._open.set()
                    self.lines.append(line)
        except BaseException as error:  # noqa: BLE001 - told to whoever waits for this thread
            self.failed = error
        self._open.set()

    @property
    def told(self) -> list[Any]:
        """Bodies of what was told."""
        return [json.loads(line.removeprefix("data: ")) for line in self.lines if line.startswith("data: ")]

    @property
    def names(self) -> list[str]:
        """What they are called."""
        return [line.removeprefix("event: ") for line in self.lines if line.startswith("event: ")]

    @property
    def text(self) -> str:
        """Of a log."""
        return "".join(each.get("text", "") for each in self.told)

    def hears(self, name: str, count: int = 1) -> None:
        """Wait for events of a name."""
        until(lambda: self.names.count(name) >= count, lambda: (self.names, self.failed))

    def ends(self) -> None:
        """Wait for the end of the stream."""
        self.join(60)
        assert not self.is_alive()
        assert self.failed is None, self.failed
