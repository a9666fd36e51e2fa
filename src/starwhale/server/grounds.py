"""The directory that the workers of one job have to themselves."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from starwhale.core.errors import StarwhaleError
from starwhale.core.settings import Settings
from starwhale.jobs.executors.identity import ANYBODY, Identity
from starwhale.jobs.executors.users import end_all
from starwhale.jobs.service import JobService

_log = logging.getLogger("starwhale.jobs")
#: Mode of a directory that others may pass through, without seeing what is in it.
PASSAGE = 0o711
#: Mode of one that only a group may pass through.
BY_GROUP = 0o710
OTHERS = 0o077
#: Where temporary files of jobs lie, each in a directory with the first letters of its id. Programs put
#: sockets there, and the system takes no path of one that is longer than 107 bytes.
SCRAPS = "tmp"
_SHORT, _LONGEST = 12, 75
#: Seconds between two copies of what was printed.
COPY_SECONDS = 1.0


class Grounds:
    """A home and a place for temporary files, which go with the job, and the logs of its tasks, which stay.

    Args:
        settings: Of the server's store.
        job: Id of the job.
        identity: As whom workers run; where that is somebody else, nobody but their group may come in.
        ports: Variables that tell on which ports their services listen.
    """

    def __init__(
        self,
        settings: Settings,
        job: str,
        identity: Identity = ANYBODY,
        ports: Mapping[str, str] | None = None,
    ) -> None:
        self.place = settings.run / job
        self._home = self.place / "home"
        self._scraps = settings.run / SCRAPS / job[:_SHORT]
        if len(os.fsencode(self._scraps)) > _LONGEST:
            self._scraps = Path(tempfile.gettempdir(), f"starwhale-{secrets.token_hex(6)}")
        self._lease_seconds = settings.lease_seconds
        self.identity = identity
        self._ports = ports or {}

    def environment(self) -> dict[str, str]:
        """The variables that keep workers within it; a store of their own is empty, and goes with them."""
        own = Settings.at(self._home / "store")
        told = {
            "HOME": str(self._home),
            "TMPDIR": str(self._scraps),
            "SW_LEASE_SECONDS": repr(self._lease_seconds),
        }
        if isinstance(self.identity.user, int):
            # Programs that want the name of somebody whom no directory knows look here.
            told |= dict.fromkeys(("USER", "LOGNAME"), f"job-{self.identity.user}")
        return {**own.to_env(), **told, **self._ports}

    def prepare(self, code: Path | None) -> None:
        """Make it, for the user that workers run as.

        Args:
            code: The copy of the user's code that they work in; None where it is not theirs.
        """
        for each in (self.place, self._home, self.place / "logs", self.place / "workers"):
            each.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._scraps, ignore_errors=True)
        self._scraps.parent.mkdir(exist_ok=True)
        self._scraps.mkdir(mode=0o700)
        if self.identity.user:
            self.place.chmod(BY_GROUP)
            os.chown(self.place, -1, self.identity.group)
            for each in (self._home, self._scraps, self.place / "logs"):
                _give(each, self.identity)
            if code:
                # Its owner might open it to everybody, and whoever is the same user owns it as well.
                _give(code, self.identity)
                os.chown(code, os.geteuid(), self.identity.group)
                code.chmod(BY_GROUP | stat.S_IRGRP | stat.S_IWGRP)

    def clear(self) -> None:
        """Remove what goes with the job, when nothing of it is left that could write more."""
        if isinstance(self.identity.user, int):
            end_all(self.identity.user)
        shutil.rmtree(self._home, ignore_errors=True)
        shutil.rmtree(self._scraps, ignore_errors=True)
        shutil.rmtree(self.place / "workers", ignore_errors=True)


class SharedLogs:
    """Copies what the tasks of a job print, and what they use, to where other servers read it, meanwhile.

    Args:
        jobs: The jobs of the server.
        job: Id of the one.
    """

    def __init__(self, jobs: JobService, job: str) -> None:
        place = jobs.settings.run / job
        self._job = job
        self._parts = (
            [(jobs.archive, place / "logs"), (jobs.archive.usage, place / "usage")] if jobs.archive else []
        )
        self._done: list[dict[str, int]] = [{} for _ in self._parts]
        self._copied = 0.0

    def copy(self, *, now: bool = False) -> None:
        """Copy what is new, once a second.

        Args:
            now: At once.
        """
        if not (now or time.monotonic() - self._copied > COPY_SECONDS):
            return
        self._copied = time.monotonic()
        try:
            for (archive, folder), done in zip(self._parts, self._done, strict=True):
                archive.copy(self._job, folder, done)
        except StarwhaleError as error:
            _log.warning("logs of job %s wait: %s", self._job[:12], error)

    def __enter__(self) -> Self:
        self._done = [archive.restore(self._job, folder) for archive, folder in self._parts]
        return self

    def __exit__(self, *_: object) -> None:
        self.copy(now=True)


def enclose(settings: Settings) -> None:
    """Let workers that run as another user get to the directories of their jobs, and to nothing else."""
    settings.run.mkdir(parents=True, exist_ok=True)
    inner = [settings.run / name for name in ("code", SCRAPS)]
    for each in inner:
        each.mkdir(exist_ok=True)
    for each in (settings.root, settings.run, *inner):
        each.chmod(PASSAGE)
    for each in settings.root.iterdir():
        if each != settings.run:
            each.chmod(each.stat().st_mode & ~OTHERS)


def _give(root: Path, identity: Identity) -> None:
    """Have a directory, and all that is in it, belong to somebody."""
    owner = identity.number
    os.chown(root, owner, identity.group, follow_symlinks=False)
    # Whoever owned it may still be about, and put a link in the place of a directory meanwhile.
    for _, folders, files, place in os.fwalk(root, follow_symlinks=False):
        for name in (*folders, *files):
            with suppress(FileNotFoundError):
                os.chown(name, owner, identity.group, dir_fd=place, follow_symlinks=False)
