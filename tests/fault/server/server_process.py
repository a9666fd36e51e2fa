"""A server as a process of its own, that can be killed and started again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from starwhale.client.http import Http
from starwhale.server.seat import find_sitting


class ServerProcess:
    """One server in the foreground, on a port that it chooses at first and that stays the same.

    Args:
        data: Its data directory.
        more: Further words of its command line.
        host: What it takes its machine to be called; this one's own name by default.
        first: Whether it makes the first administrator.
        env: Further variables.
    """

    def __init__(
        self, data: Path, *more: str, host: str = "", first: bool = True, env: Mapping[str, str] | None = None
    ) -> None:
        self.data = data
        self.port = 0
        self.url = ""
        self.log = data.with_name(f"{data.name}.log")
        self._more = more
        self._env = env or {}
        # Servers of one machine see whether the others run; those of different ones go by heartbeats.
        named = 'hostname "$0" && exec "$@"'
        self._before = ["unshare", "--uts", "sh", "-c", named, host] if host else []
        self.process: subprocess.Popen[bytes] | None = None
        self.password = ""
        self.start()
        if first:
            self.password = self._told_password()

    def _told_password(self) -> str:
        deadline = time.monotonic() + 10
        while not (found := re.search(r"with the password (\S+)", self.log.read_text())):
            assert time.monotonic() < deadline, self.log.read_text()[-2000:]
            time.sleep(0.02)
        return found[1]

    def start(self) -> float:
        """Start it, and return once it is ready; the seconds that took."""
        words = ["server", "start", "--no-detach", "--port", str(self.port), "--data", str(self.data)]
        env = {**os.environ, "HOME": str(self.data.parent), "SW_SERVER_ANONYMOUS_RATE": "0", **self._env}
        began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self._before, sys.executable, "-P", "-m", "starwhale.cli", *words, *self._more],
                stdout=log,
                stderr=log,
                env=env,
                start_new_session=True,
            )
        while not (self._has_told() and self.ready):
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            assert time.monotonic() - began < 60, self.log.read_text()[-2000:]
            time.sleep(0.02)
        return time.monotonic() - began

    def _has_told(self) -> bool:
        """Whether this very process says in its data directory where it answers, and does so there.

        Somebody else could have been given the port meanwhile, and a server that was killed may have left
        word: only this one has the key that stands beside its number.
        """
        assert self.process is not None
        sitting = find_sitting(self.data)
        if sitting is None or sitting.process.pid != self.process.pid or not sitting.url:
            return False
        with suppress(httpx2.HTTPError), httpx2.Client(trust_env=False, timeout=2, verify=False) as client:
            shown = {"Authorization": f"Bearer {sitting.key}"}
            if client.get(f"{sitting.url}/metrics", headers=shown).status_code == 200:
                self.url, self.port = sitting.url, urlsplit(sitting.url).port or 0
                return True
        return False

    @property
    def waited(self) -> float:
        """Seconds for which its main thread was ready to go on, and no processor was free."""
        assert self.process is not None
        return int(Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[1]) / 1e9

    @property
    def ready(self) -> bool:
        """Whether it says so."""
        try:
            with httpx2.Client(trust_env=False, timeout=2, verify=False) as client:  # quick to make
                return client.get(f"{self.url}/readyz").status_code == 200
        except httpx2.HTTPError:
            return False

    def kill(self) -> None:
        """End it and all its children at once."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def close(self) -> None:
        """Stop it in peace, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def login(self, name: str = "admin", password: str = "") -> str:
        """A token of the administrator."""
        with Http(self.url) as http:
            http.post("/login", {"name": name, "password": password or self.password})
            return str(http.post("/me/tokens", {"name": "test"})["token"])

    def children(self) -> Sequence[int]:
        """The processes that it has started."""
        assert self.process is not None
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(each) for each in found.split()]

    def tree(self) -> list[int]:
        """It and all processes that it, or one of these, has started; its own number comes first."""
        assert self.process is not None
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    parents.setdefault(int(fields[1]), []).append(int(entry.name))
        found = [self.process.pid]
        for each in found:
            found += parents.get(each, ())
        return found
