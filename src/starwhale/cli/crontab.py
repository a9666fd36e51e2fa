"""The line in the user's crontab that has cron look for jobs that are due."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from starwhale.core.errors import Unavailable

if TYPE_CHECKING:
    from starwhale.cli.session import Session

CARRIED = ("SW_LOCAL_STORAGE", "SW_CLI_CONFIG", "PATH")


def install(session: Session) -> None:
    """Add the line for the store of this run, unless it is there.

    Raises:
        Unavailable: there is no cron, or it refuses.
    """
    before = _read()
    after = with_line(before, _mark(session), _line(session))
    if after != before:
        _write(after)


def uninstall(session: Session) -> None:
    """Take the line away; does nothing where there is none, or no cron."""
    if shutil.which("crontab") is None:
        return
    before = _read()
    after = without_line(before, _mark(session))
    if after != before:
        _write(after)


def with_line(text: str, mark: str, line: str) -> str:
    """A crontab with one line that ends in `mark`, in place of whatever ended so before."""
    return f"{without_line(text, mark)}{line} {mark}\n"


def without_line(text: str, mark: str) -> str:
    """A crontab without the lines that end in `mark`; all others stay as they are."""
    kept = [line for line in text.splitlines() if not line.endswith(mark)]
    return "".join(f"{line}\n" for line in kept)


def _mark(session: Session) -> str:
    return f"# starwhale {session.instance.settings.root}"


def _line(session: Session) -> str:
    carried = [
        f"{name}={shlex.quote(session.environ[name])}" for name in CARRIED if session.environ.get(name)
    ]
    log = session.instance.settings.run / "schedule.log"
    command = [sys.executable, "-m", "starwhale.cli", "job", "schedule", "run"]
    # A percent sign is a new line to cron.
    words = " ".join([*carried, *map(shlex.quote, command)]).replace("%", r"\%")
    return f"* * * * * {words} >>{shlex.quote(str(log))} 2>&1"


def _read() -> str:
    if shutil.which("crontab") is None:
        raise Unavailable(
            "this machine has no cron",
            hint="add --no-install, and keep `swcli job schedule run --watch` running",
        )
    done = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)
    # Status 1 without a table is how cron says that there is none yet.
    return done.stdout if done.returncode == 0 else ""


def _write(text: str) -> None:
    done = subprocess.run(["crontab", "-"], input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(
            f"cron refused its new table: {done.stderr.strip()[:300]}",
            hint="add --no-install, and keep `swcli job schedule run --watch` running",
        )
