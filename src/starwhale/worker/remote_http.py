"""The door of a server for the workers of its jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starwhale.client.http import Http


class WorkHttp(Http):
    """The door of a server for workers."""

    def send(self, method: str, path: str, **options: Any) -> Any:
        """See `Http.send`."""
        return super().send(method, f"/work{path}", **options)

    def ask(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send what may be sent twice, since the server knows it again."""
        answer = self.send("POST", path, json=body, again=True)
        return answer.json() if answer.content else None
