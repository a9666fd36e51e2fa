"""FAULTS 3: writers that are killed, and what a power failure leaves in the store's own corner."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import DirectoryObjects

pytestmark = pytest.mark.fault

WRITER = """
import os, random, sys
from pathlib import Path
from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import DirectoryObjects

root, journal, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
dice = random.Random(seed)
blobs = Blobs(DirectoryObjects(root))
acknowledged = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
source = Path(journal + ".source")
while True:
    data = dice.randbytes(dice.choice([0, 10, 3000, 200_000]))
    way = dice.randrange(4)
    if way == 0:
        digest = blobs.put(data)
    elif way == 1:
        source.write_bytes(data)
        digest = blobs.put_file(source)
    else:
        with blobs.writer() as writer:
            for start in range(0, len(data), 7000):
                writer.write(data[start : start + 7000])
            if way == 3:
                continue
            digest = writer.commit()
    os.write(acknowledged, f"{digest}\\n".encode())
"""


def age(root: Path) -> None:
    """Let all drafts be old."""
    for draft in (root / ".tmp").iterdir():
        os.utime(draft, (0, 0))


def kill_once(root: Path, journal: Path, seed: int) -> None:
    """Let a writer work for a moment, and kill it."""
    before = journal.stat().st_size if journal.exists() else 0
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, root, journal, str(seed)], stderr=subprocess.PIPE
    )
    try:
        end = time.monotonic() + 30
        while not journal.exists() or journal.stat().st_size == before:
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < end
            time.sleep(0.001)
        time.sleep(random.Random(seed).random() * 0.03)
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("kills", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_nothing_acknowledged_is_lost_and_nothing_half_is_seen(tmp_path: Path, kills: int) -> None:
    root, journal = tmp_path / "store", tmp_path / "journal"
    for seed in range(kills):
        kill_once(root, journal, seed)
    blobs = Blobs(DirectoryObjects(root))
    acknowledged = set(journal.read_text().split())
    assert len(acknowledged) >= kills
    assert blobs.missing(acknowledged) == set()
    for found in blobs.all():
        blobs.verify(found.digest)
    age(root)
    blobs.objects.tidy(datetime.now(UTC))
    assert list((root / ".tmp").iterdir()) == []
    assert blobs.missing(acknowledged) == set()


@pytest.mark.parametrize("seed", range(200))
def test_torn_drafts_are_never_looked_at(tmp_path: Path, seed: int) -> None:
    """A power failure leaves files of any length and content in the corner, and the store opens."""
    dice = random.Random(seed)
    blobs = Blobs(DirectoryObjects(tmp_path))
    contents = [dice.randbytes(dice.randrange(500)) for _ in range(5)]
    digests = {blobs.put(content): content for content in contents}
    for number in range(dice.randrange(1, 6)):
        whole = dice.choice(contents)
        torn = whole[: dice.randrange(len(whole) + 1)] + bytes(dice.randrange(50))
        (tmp_path / ".tmp" / f"{number:032x}").write_bytes(torn)
    opened = Blobs(DirectoryObjects(tmp_path))
    assert {found.digest for found in opened.all()} == set(digests)
    assert {digest: opened.read(digest) for digest in digests} == digests
    assert opened.objects.tidy(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert opened.objects.tidy(datetime.now(UTC) + timedelta(hours=1)) == 0, "they are young"
    age(tmp_path)
    assert opened.objects.tidy(datetime.now(UTC)) >= 1
    assert list((tmp_path / ".tmp").iterdir()) == []
    assert opened.read(opened.put(b"more")) == b"more"


def test_tidy_leaves_the_draft_of_a_living_writer(tmp_path: Path) -> None:
    blobs = Blobs(DirectoryObjects(tmp_path))
    with blobs.writer() as writer:
        writer.write(b"still ")
        age(tmp_path)
        assert blobs.objects.tidy(datetime.now(UTC) + timedelta(hours=1)) == 0
        writer.write(b"writing")
        digest = writer.commit()
    assert blobs.read(digest) == b"still writing"


def test_a_blob_that_was_begun_long_ago_is_new_when_it_is_committed(tmp_path: Path) -> None:
    blobs = Blobs(DirectoryObjects(tmp_path))
    with blobs.writer() as writer:
        writer.write(b"slow")
        age(tmp_path)
        digest = writer.commit()
    assert blobs.sweep(lambda _: False, datetime.now(UTC) - timedelta(seconds=30)) == []
    assert blobs.exists(digest)
