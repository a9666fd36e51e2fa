"""A server that could do nothing says so in one sentence, and does not start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.storage.s3 import S3Server

from starwhale.core.settings import Settings
from starwhale.server.doctor import examine
from starwhale.server.needs import check_needs
from starwhale.server.settings import ServerSettings

PATIENCE = 120


@pytest.fixture
def s3() -> Iterator[S3Server]:
    made = S3Server()
    yield made
    made.close()


@pytest.fixture
def keys(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    told = {
        "AWS_ENDPOINT_URL": s3.url,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return told


def started(place: Path, *words: str, **more: str) -> tuple[int, str]:
    """What becomes of a server that is told to start: its status, and what it says."""
    told = ["server", "start", "--no-detach", "--port", "0", "--data", str(place / "data"), *words]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "starwhale.cli", *told],
        env={**os.environ, "HOME": str(place), **more},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def looked_at(tmp_path: Path, name: str, **told: str) -> tuple[str, str]:
    """What the doctor finds of one thing."""
    store = Settings.at(tmp_path / "data")
    if "objects_url" in told:
        store = replace(store, objects_url=told.pop("objects_url"))
    (found,) = examine(ServerSettings.model_validate({"store": store, **told}), [name])
    return found.state, f"{found.detail} {found.hint}"


@pytest.mark.usefixtures("keys")
def test_a_bucket_that_is_not_there(tmp_path: Path) -> None:
    url = "s3://no-such-bucket-anywhere/objects"
    status, said = started(tmp_path, "--objects-url", url)
    assert status != 0
    assert f"there is no bucket for the objects of {url}" in said
    assert "Traceback" not in said
    state, told = looked_at(tmp_path, "objects", objects_url=url)
    assert (state, "there is no bucket" in told) == ("failed", True), told


@pytest.mark.usefixtures("keys")
def test_keys_that_are_wrong(tmp_path: Path, s3: S3Server) -> None:
    url = f"s3://{s3.bucket()}/objects"
    s3.check_keys()
    status, said = started(tmp_path, "--objects-url", url)
    assert status != 0
    assert f"the store of objects {url} refuses the keys of this server" in said
    assert "secret" not in said
    state, told = looked_at(tmp_path, "objects", objects_url=url)
    assert (state, "refuses the keys" in told) == ("failed", True), told


@pytest.mark.usefixtures("keys")
def test_a_store_that_is_there_and_one_that_is_away(
    tmp_path: Path, s3: S3Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = replace(Settings.at(tmp_path), objects_url=f"s3://{s3.bucket()}/objects")
    check_needs(ServerSettings(store=store))
    assert "does not answer" not in caplog.text
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    check_needs(ServerSettings(store=store))
    assert "the store of objects does not answer" in caplog.text


def test_a_user_for_workers_who_is_not_there(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may start workers as somebody else")
    status, said = started(tmp_path, SW_SERVER_WORKER_USER="no-such-user-here")
    assert status != 0
    missing = "there is no user 'no-such-user-here' on this machine"
    assert missing in said
    assert "Traceback" not in said
    told = looked_at(tmp_path, "workers", worker_user="no-such-user-here")
    assert told == (
        "failed",
        "there is no user 'no-such-user-here' on this machine make one that owns nothing",
    )
    assert looked_at(tmp_path, "workers", executor="none")[0] == "ok"
    assert looked_at(tmp_path, "workers")[1].startswith("jobs run as the user of the server")


def test_a_directory_that_others_can_look_into_is_told(tmp_path: Path) -> None:
    settings = ServerSettings(store=Settings.at(tmp_path / "data"))
    assert list(examine(settings, ["privacy"])) == [], "the first start makes it for one user"
    (tmp_path / "data").mkdir(mode=0o755)
    (found,) = examine(settings, ["privacy"])
    assert (found.state, found.hint) == ("warning", f"`chmod o= {tmp_path / 'data'}`")
    (tmp_path / "data").chmod(0o750)
    assert list(examine(settings, ["privacy"])) == []
