"""Write a migration script from the difference between the tables and the revision before it."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy.engine import make_url

from starwhale.catalog import sqlite
from starwhale.catalog.migrations import configuration, upgrade
from starwhale.catalog.revision import REVISIONS

SCRIPTS = Path(__file__).parent / "versions"


def write(revision: str, message: str, folder: Path = SCRIPTS) -> Path:
    """Write the script of `revision` into `folder`, over the one that may be there.

    The scripts of the revisions before it are run on an empty SQLite file, and what the tables have
    beyond that becomes the script. It holds for both databases: types carry their variants.
    """
    place = REVISIONS.index(revision)
    previous = REVISIONS[place - 1] if place else None
    for old in folder.glob(f"{revision}_*.py"):
        old.unlink()
    with tempfile.TemporaryDirectory() as scratch:
        engine = sqlite.engine(make_url(f"sqlite:///{scratch}/catalog.sqlite"), patience=1)
        with sqlite.purposes(engine)["migrate"].connect() as connection:
            if previous:
                upgrade(connection, previous)
            config = configuration(connection)
            config.cmd_opts = argparse.Namespace(quiet=True)
            # Only SQLite needs tables rebuilt to change them, and a first revision changes none.
            config.attributes["batch"] = previous is not None
            config.set_main_option("version_locations", str(folder))
            config.set_main_option("path_separator", "newline")
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            script = command.revision(config, message, autogenerate=True, rev_id=revision)
        engine.dispose()
    assert script is not None
    assert not isinstance(script, list)
    path = Path(script.path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.lstrip().startswith("# ###")))
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(path)], check=True)
    return path


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m starwhale.catalog.migrations", description=__doc__)
    commands = parser.add_subparsers(required=True)
    writing = commands.add_parser("write", help=write.__doc__)
    writing.add_argument("revision", choices=REVISIONS)
    writing.add_argument("message")
    arguments = parser.parse_args()
    sys.stdout.write(f"{write(arguments.revision, arguments.message)}\n")


if __name__ == "__main__":
    main()
