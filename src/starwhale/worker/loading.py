"""The user's modules in this process: imported once, their handlers found."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

from starwhale.core.errors import InvalidSpec
from starwhale.core.handlers import Function, HandlerSpec, registered
from starwhale.kit.suggest import nearest
from starwhale.worker.discovery import discover
from starwhale.worker.output import flush_streams


class Code:
    """What the modules of one directory define.

    Args:
        workdir: The directory; it goes first where modules are looked for.

    Attributes:
        workdir: The same.
        home: Directory that the modules have left the process in. Every task begins there, wherever the one
            before it went.
    """

    def __init__(self, workdir: Path) -> None:
        self.workdir = self.home = workdir
        self._found: dict[tuple[str, ...], list[HandlerSpec]] = {}
        self._turn = threading.Lock()

    def load(self, modules: tuple[str, ...]) -> list[HandlerSpec]:
        """Import modules, unless they have been, and give the handlers that are defined by then.

        Raises:
            UserCodeError: one does not import; the message has the user's own line.
            InvalidSpec: there is no such module, or a handler contradicts itself.
        """
        with self._turn:
            if modules not in self._found:
                self._found[modules] = discover(list(modules), self.workdir)
                with suppress(FileNotFoundError):
                    self.home = Path.cwd()
                flush_streams()
            return self._found[modules]

    def is_loaded(self, modules: tuple[str, ...]) -> bool:
        """Whether modules have been imported."""
        return modules in self._found

    def function(self, modules: tuple[str, ...], handler: str) -> Function:
        """The function behind a handler.

        Raises:
            InvalidSpec: the modules define no such handler (any more).
        """
        self.load(modules)
        known = registered()
        if handler not in known:
            near = nearest(handler, known)
            hint = f"did you mean {near!r}?" if near else f"there are {', '.join(known) or 'none'}"
            raise InvalidSpec(f"{', '.join(modules)} define no handler {handler!r}", hint=hint)
        return known[handler][1]
