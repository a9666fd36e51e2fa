"""Stores that fail: full disks, bad networks, damaged bytes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.contract.storage.s3 import S3Server
from tests.fault.storage.proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def proxy(s3_server: S3Server) -> Iterator[FaultProxy]:
    """A network between the test and the server."""
    made = FaultProxy(s3_server.address)
    yield made
    made.close()


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mounts small file systems: ``mounted(size="32m", nr_inodes=100)``."""
    places: list[Path] = []

    def mount(**options: object) -> Path:
        place = tmp_path / f"mounted-{len(places)}"
        place.mkdir()
        text = ",".join(f"{name}={value}" for name, value in options.items())
        command = ["mount", "-t", "tmpfs", "-o", text, "tmpfs", str(place)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            pytest.skip("there is no mount command")
        if done.returncode != 0:
            pytest.skip(f"may not mount a tmpfs here: {done.stderr.strip()}")
        places.append(place)
        return place

    yield mount
    for place in places:
        subprocess.run(["umount", "-l", str(place)], check=True)
