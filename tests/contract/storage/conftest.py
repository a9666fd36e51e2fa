"""Every test here runs on a directory and on S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contract.storage.s3 import S3Server, open_s3

from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import DirectoryObjects, Objects

if TYPE_CHECKING:
    from pathlib import Path

STORES = ("directory", "s3")


@pytest.fixture(params=STORES)
def store_kind(request: pytest.FixtureRequest) -> str:
    """Which store this run of the test is about."""
    return request.param


@pytest.fixture
def objects(store_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    """An empty store."""
    if store_kind == "directory":
        return DirectoryObjects(tmp_path / "store")
    server: S3Server = request.getfixturevalue("s3_server")
    return open_s3(server.url, server.bucket())


@pytest.fixture
def blobs(objects: Objects, tmp_path: Path) -> Blobs:
    """The blobs of an empty store."""
    return Blobs(objects, tmp_path / "cache")
