"""How scheduler and worker speak: JSON documents, a line each, over one socket.

To the worker: ``warm``, ``discover``, ``split``, ``run``, ``stop``, ``recall``, ``exit``. From it: ``hello``
at first, ``reply`` to ``discover`` and ``split``, ``recalled`` behind what it hands back; about one attempt
``preparing``, ``running``, ``progress``, ``used``, ``done``, ``failed``, ``stopped``, ``lost``; about several
that are done ``settled``. What ends an attempt tells what it used.
"""

from __future__ import annotations

import json
import socket
from threading import Lock
from typing import Any

Message = dict[str, Any]
_compact = json.JSONEncoder(separators=(",", ":")).encode


class Channel:
    """One end. Sending is safe among threads; receiving is for one thread at a time."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._rest = b""
        self._turn = Lock()

    def fileno(self) -> int:
        """Descriptor to wait on."""
        return self._end.fileno()

    def send(self, message: Message) -> None:
        """Send one message.

        Raises:
            OSError: the other end is gone.
        """
        line = _compact(message).encode() + b"\n"
        with self._turn:
            self._end.sendall(line)

    def receive(self) -> list[Message] | None:
        """Wait for bytes and give the messages that are complete; None when the other end is gone."""
        try:
            data = self._end.recv(1 << 16)
        except OSError:
            return None
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def close(self) -> None:
        """Hang up."""
        self._end.close()
