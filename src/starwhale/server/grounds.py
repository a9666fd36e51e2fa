"""The directory that the workers of one job have to themselves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from starwhale.core.settings import Settings


class Grounds:
    """A home and a place for copies, which go with the job, and the logs of its tasks, which stay.

    Args:
        settings: Of the server's store.
        job: Id of the job.
        user: User of this machine that workers run as; empty for the one that runs the server.
    """

    def __init__(self, settings: Settings, job: str, user: str = "") -> None:
        self.place = settings.run / job
        self._home = self.place / "home"
        self._lease_seconds = settings.lease_seconds
        self._user = user

    def environment(self) -> dict[str, str]:
        """The variables that keep workers within it; a store of their own is empty, and goes with them."""
        own = Settings.at(self._home / "store")
        return {**own.to_env(), "HOME": str(self._home), "SW_LEASE_SECONDS": repr(self._lease_seconds)}

    def prepare(self, code: Path | None) -> None:
        """Make it, for the user that workers run as.

        Args:
            code: The copy of the user's code that they work in; None where it is not theirs.
        """
        for each in (self.place, self._home, self.place / "logs", self.place / "workers"):
            each.mkdir(parents=True, exist_ok=True)
        if self._user:
            for each in (self._home, self.place / "logs", *([code] if code else [])):
                _give(each, self._user)

    def clear(self) -> None:
        """Remove what goes with the job."""
        shutil.rmtree(self._home, ignore_errors=True)
        shutil.rmtree(self.place / "workers", ignore_errors=True)


def _give(root: Path, user: str) -> None:
    """Have a directory, and all that is in it, belong to a user."""
    import pwd

    found = pwd.getpwnam(user)
    os.chown(root, found.pw_uid, found.pw_gid, follow_symlinks=False)
    for base, folders, files in os.walk(root):
        for name in (*folders, *files):
            os.chown(Path(base) / name, found.pw_uid, found.pw_gid, follow_symlinks=False)
