"""`Service`: functions by address, and the server that answers with them."""

from __future__ import annotations

from starwhale.serving.apis import Apis
from starwhale.serving.methods import bind_methods

TITLE = "Starwhale Model Serving"


class Service(Apis):
    """Functions behind HTTP.

    `swcli model serve` serves the functions of `@api` and of every `Service` at the top of the modules.

    Example:
        ```python
        svc = Service()

        @svc.api()
        def add(x: int, y: int) -> int:
            return x + y

        svc.serve("127.0.0.1", 8080)
        ```
    """

    def serve(self, addr: str = "127.0.0.1", port: int = 8080, title: str | None = None) -> None:
        """Serve in this process until SIGTERM or Ctrl-C.

        Args:
            addr: Address of this machine to listen on.
            port: Port there; 0 takes a free one.
            title: What the pages are called.

        Raises:
            Conflict: somebody else listens there.
            MissingDependency: the packages of a server are not installed.
        """
        from starwhale.serving.running import serve

        bind_methods(self)
        serve(self, addr, port, title or TITLE)
