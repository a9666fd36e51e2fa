"""Terminals in tasks that a server runs; what is said stands in `server.shells`."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from starwhale.client.job_answers import path_of
from starwhale.client.pages import segment
from starwhale.core.errors import Unavailable
from starwhale.jobs.executors.terminal import Ended, Screen

if TYPE_CHECKING:
    from httpx2.websockets import WebSocketSession

    from starwhale.client.http import Http
    from starwhale.core.uri import JobUri


class RemoteTerminal:
    """One terminal. `send` and `resize` are for one thread, `receive` for another.

    Args:
        socket: The connection.
    """

    def __init__(self, socket: WebSocketSession) -> None:
        self._socket = socket

    def send(self, data: bytes) -> None:
        """Type something."""
        self._try(self._socket.send_bytes, data)

    def resize(self, rows: int, columns: int) -> None:
        """Tell of another size of the screen."""
        self._try(self._socket.send_text, json.dumps({"rows": rows, "columns": columns}))

    def receive(self) -> bytes | Ended:
        """Wait for what is printed, or for the end.

        Raises:
            Unavailable: the connection broke off.
        """
        from httpx2.websockets import HTTPXWSException

        try:
            event: Any = self._socket.receive()
        except HTTPXWSException as error:
            raise Unavailable("the connection to the terminal broke off") from error
        data = event.data
        if isinstance(data, str):
            told = json.loads(data)
            return Ended(status=told["status"], cause=told["cause"])
        return bytes(data)

    def _try(self, send: Any, data: Any) -> None:
        from httpx2.websockets import HTTPXWSException

        try:
            send(data)
        except (HTTPXWSException, OSError):
            return  # whoever receives is told
        except Exception as error:
            if type(error).__name__ != "LocalProtocolError":
                raise


@contextmanager
def open_terminal(
    http: Http, uri: JobUri, task: str, command: Sequence[str], screen: Screen
) -> Generator[RemoteTerminal]:
    """A terminal in a task; it ends with the block.

    Args:
        http: The connection to the server.
        uri: The job.
        task: Id of the task.
        command: What to run; empty for a shell.
        screen: What it is shown on.

    Raises:
        StarwhaleError: of the kind that the server told of.
    """
    wanted = {
        "command": list(command),
        "rows": screen.rows,
        "columns": screen.columns,
        "kind": screen.kind,
        "plain": screen.plain,
    }
    with http.socket(f"{path_of(uri)}/tasks/{segment(task)}/exec") as socket:
        socket.send_text(json.dumps(wanted))
        yield RemoteTerminal(socket)
