"""The environments of one instance: each version of a runtime has at most one for the running Starwhale."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from starwhale.core.errors import Conflict
from starwhale.kit.files import locked
from starwhale.kit.holding import unused
from starwhale.runtimes.fingerprint import (
    MARK,
    Environment,
    difference,
    fingerprint,
    packages,
    read_mark,
    site_of,
)

_log = logging.getLogger(__name__)
_UNUSED = 14 * 86_400.0

Make = Callable[[Path, Path], Environment]
"""Makes an environment: where it will be, and where it is put together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An environment that is complete.

    Attributes:
        prefix: Where it lies.
        facts: What is known of it.
        is_new: It was made just now.
    """

    prefix: Path
    facts: Environment
    is_new: bool = False

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.prefix / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Environments:
    """Environments below a directory, ``ROOT/VERSION/KEY`` each.

    Args:
        root: The directory.
    """

    root: Path

    def find(self, version: str, key: str, *, tell: bool = True) -> Made | None:
        """The environment of a version; None where there is none, or it is not what it was.

        Args:
            version: Id of the version.
            key: What else it depends on.
            tell: Say why it is not what it was.
        """
        prefix = self.root / version / key
        facts = read_mark(prefix)
        if facts is None or not (prefix / "bin" / "python").exists():
            return None
        try:
            check(prefix)
        except Conflict as error:
            if tell:
                _log.warning("%s; it is made again", error.message)
            return None
        with suppress(OSError):
            os.utime(prefix / MARK)  # when it was used last
        return Made(prefix=prefix, facts=facts)

    def get(self, version: str, key: str, make: Make, *, force: bool = False) -> Made:
        """The environment of a version, made where there is none; one process makes it, others wait.

        Args:
            version: Id of the version.
            key: What else it depends on.
            make: Makes it.
            force: Make it anew in any case.
        """
        found = None if force else self.find(version, key, tell=False)
        if found is not None:
            return found
        self.root.mkdir(parents=True, exist_ok=True)
        with locked(self.root / f"{version}.lock"):
            found = None if force else self.find(version, key)
            if found is not None:
                return found
            self._clear(version, key)
            prefix = self.root / version / key
            rough = prefix.with_name(f".{key}.{os.urandom(4).hex()}")
            return Made(prefix=prefix, facts=make(prefix, rough), is_new=True)

    def remove(self, version: str) -> None:
        """Delete the environments of a version; no-op where there are none."""
        with locked(self.root / f"{version}.lock"):
            shutil.rmtree(self.root / version, ignore_errors=True)

    def sweep(self, before: float) -> int:
        """Delete environments that nobody has used since a moment; whoever wants one makes it again.

        Args:
            before: The moment, in seconds since the epoch.

        Returns:
            How many are gone.
        """
        gone = 0
        homes = [each for each in self.root.iterdir() if each.is_dir()] if self.root.is_dir() else []
        for home in homes:
            with locked(self.root / f"{home.name}.lock"):
                for each in list(home.iterdir()) if home.is_dir() else []:
                    with unused(each) as free:
                        if free and _last_use(each) < before:
                            gone += not each.name.startswith(".")
                            shutil.rmtree(each, ignore_errors=True)
                with suppress(OSError):
                    home.rmdir()
        return gone

    def _clear(self, version: str, key: str) -> None:
        """Delete what is in the way, what was never finished, and what an older Starwhale used long ago."""
        home = self.root / version
        for each in list(home.iterdir()) if home.is_dir() else []:
            old = each.name != key and not each.name.startswith(".")
            with unused(each) as free:
                if old and not (free and _age(each) > _UNUSED):
                    continue
                # First out of the way, at once: nobody is to find half of it.
                gone = each.with_name(f".gone.{os.urandom(4).hex()}")
                with suppress(OSError):
                    each.rename(gone)
                    shutil.rmtree(gone, ignore_errors=True)


def check(prefix: Path) -> Environment:
    """Compare an environment with what it was when it was complete.

    Raises:
        Conflict: it is not complete, or was changed since; the message says which packages.
    """
    facts = read_mark(prefix)
    if facts is None:
        raise Conflict(f"there is no complete environment at {prefix}", hint="restore the runtime again")
    site = site_of(prefix)
    if fingerprint(site, facts.python) == facts.fingerprint:
        return facts
    what = difference(facts.packages, packages(site)) or "files of its packages"
    raise Conflict(
        f"the environment at {prefix} was changed since it was restored: {what}",
        hint="`swcli runtime activate --force-restore yes` makes it anew",
    )


def _age(place: Path) -> float:
    return time.time() - _last_use(place)


def _last_use(place: Path) -> float:
    """When an environment was used last, in seconds since the epoch; 0 where it was never complete."""
    try:
        return (place / MARK).stat().st_mtime
    except OSError:
        return 0.0
