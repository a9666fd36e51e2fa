"""Workers that run as a user who owns nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.slice.server.jobs.conftest import Server, until

from starwhale.core.errors import UsageError
from starwhale.core.settings import Settings
from starwhale.jobs.executors.confinement import check_user
from starwhale.server.settings import ServerSettings

JOBS = "/api/v1/projects/self/jobs"
CODE = """
    import os
    from pathlib import Path
    from starwhale import handler

    @handler
    def look():
        print("user", os.getuid(), os.getgroups())
        root = Path(os.environ["HOME"]).parents[2]
        for name in ("catalog.sqlite", "objects", "objects/blobs"):
            try:
                place = root / name
                place.read_bytes() if place.is_file() else list(place.iterdir())
                print("could read", name)
            except OSError as error:
                print("refused", name)
        try:
            print("server", Path(f"/proc/{os.getppid()}/environ").read_bytes()[:0], "read")
        except OSError:
            print("refused environ")
"""


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that everybody may pass through, as those of a server are."""
    place = Path(tempfile.mkdtemp(prefix="starwhale-user-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def may_be_nobody() -> bool:
    try:
        check_user("nobody")
    except UsageError:
        return False
    return True


@pytest.mark.skipif(not may_be_nobody(), reason="takes root, and a Python that others find")
def test_user_code_reads_nothing_of_the_store(
    open_place: Path, sqlite_template: Path, server_settings: ServerSettings
) -> None:
    import pwd

    store = Settings.at(open_place / "server")
    store.root.mkdir()
    shutil.copy(sqlite_template, store.root / "catalog.sqlite")
    settings = server_settings.model_copy(update={"store": store, "worker_user": "nobody"})
    with Server(settings) as live:
        live.stock(open_place / "code", rows=2, code=CODE)
        client = live.client()
        job = client.post(JOBS, json={"model": "m", "handler": "code_of_user:look"}).json()["id"]
        ended = until(client, job, "SUCCESS", "FAIL")
        told = client.get(f"{JOBS}/{job}/logs/0.0").text
        assert ended["state"] == "SUCCESS", ended["cause"] + told
        assert f"user {pwd.getpwnam('nobody').pw_uid} []" in told
        assert "could read" not in told
        assert told.count("refused") == 4, told


def test_a_user_who_cannot_be_is_told_of_at_the_start() -> None:
    with pytest.raises(UsageError):
        check_user("no-such-user-at-all")
    with pytest.raises(UsageError):
        check_user("root")
