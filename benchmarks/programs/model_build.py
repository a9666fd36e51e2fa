"""Builds a model with a large checkpoint three times: new, unchanged, changed a little.

usage: model_build.py BYTES
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from starwhale import model
from starwhale.core.settings import Settings

BLOCK = 1 << 24


def _took(place: Path) -> float:
    began = time.perf_counter()
    model.build(["code"], workdir=place, name="large")
    return time.perf_counter() - began


def _stored(root: Path) -> int:
    return sum(each.stat().st_size for each in root.rglob("*") if each.is_file())


def main(size: int) -> None:
    """Print the seconds of each build, and what the third one wrote."""
    root = Settings.from_env(os.environ).root
    with TemporaryDirectory(dir=root.parent) as scratch:
        place = Path(scratch)
        (place / "code.py").write_text("from starwhale import handler\n\n\n@handler()\ndef go(): ...\n")
        weights = place / "weights.bin"
        with weights.open("wb") as file:
            for _ in range(size // BLOCK):
                file.write(os.urandom(BLOCK))
        # Younger files are not believed: they may change again within a tick of the clock.
        time.sleep(2.5)
        first, again = _took(place), _took(place)
        with weights.open("r+b") as file:
            file.seek(size // 2)
            file.write(os.urandom(size // 100))
        time.sleep(2.5)
        before = _stored(root)
        changed = _took(place)
        print(
            json.dumps(
                {"first": first, "again": again, "changed": changed, "written": _stored(root) - before}
            )
        )
    shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
