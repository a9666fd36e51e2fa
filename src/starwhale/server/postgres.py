"""PostgreSQL's own programs, which dump a catalog and put it back."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy.engine import make_url

from starwhale.core.errors import MissingDependency, Unavailable


def postgres_program(name: str) -> str:
    """Where a program of PostgreSQL lies.

    Raises:
        MissingDependency: it is not installed.
    """
    found = shutil.which(name)
    if found is None:
        raise MissingDependency(
            f"a backup of a PostgreSQL catalog needs {name}", hint="install the client of PostgreSQL"
        )
    return found


def postgres_url(url: str) -> str:
    """The address of a catalog as PostgreSQL's own programs understand it, without its password."""
    return make_url(url).set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def run_postgres(command: list[str], url: str) -> None:
    """Run a program of PostgreSQL; the password is in its environment, not on its command line.

    Raises:
        Unavailable: it failed; the message has its first line.
    """
    env = {**os.environ, "PGPASSWORD": str(make_url(url).password or os.environ.get("PGPASSWORD", ""))}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it says nothing"]
        raise Unavailable(
            f"{Path(command[0]).name} failed: {said[0].strip()}", hint="is its release the server's?"
        )
