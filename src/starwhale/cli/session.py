"""One run of swcli: how it speaks, and the instance it speaks about."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starwhale.cli.output import Output
    from starwhale.core.config import Config
    from starwhale.core.settings import Settings
    from starwhale.instance.local import LocalInstance

TRACEBACKS = 2


class Session:
    """What the options before and after a command said, and what the command works on.

    Args:
        environ: Environment variables of the process.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.json = False
        self.verbose = 0
        self._open: LocalInstance | None = None

    def speak_up(self, times: int) -> None:
        """Raise the level of what is said on stderr; `-v` before and after the command add up."""
        import logging

        self.verbose += times
        level = logging.INFO if self.verbose == 1 else logging.DEBUG
        logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
        logging.getLogger("starwhale").setLevel(level)

    @cached_property
    def out(self) -> Output:
        """Where results and talk are written."""
        from starwhale.cli.output import Output

        return Output(json=self.json, environ=self.environ)

    @cached_property
    def settings(self) -> Settings:
        """Where things lie."""
        from starwhale.core.settings import Settings

        return Settings.from_env(self.environ)

    @cached_property
    def config(self) -> Config:
        """The user's config file."""
        from starwhale.core.config import Config

        return Config.load(self.settings.config_path)

    @property
    def instance(self) -> LocalInstance:
        """The instance that commands work on, opened at the first use."""
        if self._open is None:
            from starwhale.instance.local import LocalInstance

            self._open = LocalInstance(self.settings)
        return self._open

    def close(self) -> None:
        """Let go of the instance if one was opened."""
        if self._open is not None:
            self._open.close()
            self._open = None
