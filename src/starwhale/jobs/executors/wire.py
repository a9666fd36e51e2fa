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
#: Bytes of a message.
LONGEST = 16 << 20
_compact = json.JSONEncoder(separators=(",", ":")).encode


class Channel:
    """One end. Sending is safe among threads; receiving is for one thread at a time."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._rest = bytearray()
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
        """Wait for bytes and give the messages that are complete.

        Returns:
            None when the other end is gone, or says what is no message: the user's code may get hold of it.
        """
        try:
            data = self._end.recv(1 << 16)
        except OSError:
            return None
        if not data:
            return None
        whole, ends, rest = data.rpartition(b"\n")
        if not ends:
            self._rest += rest
            return [] if len(self._rest) <= LONGEST else None
        lines = bytes(self._rest + whole).split(b"\n")
        self._rest = bytearray(rest)
        try:
            found = [json.loads(line) for line in lines]
        except (ValueError, RecursionError):
            return None
        return found if all(isinstance(each, dict) and "op" in each for each in found) else None

    def close(self) -> None:
        """Hang up."""
        self._end.close()
