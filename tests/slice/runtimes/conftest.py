from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.slice.runtimes.index import Index

from starwhale.artifacts.schemas import VersionRead
from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.uri import ArtifactUri
from starwhale.instance.local import LocalInstance
from starwhale.runtimes.builder import BuildRequest
from starwhale.runtimes.lock import Lock, parse_lock
from starwhale.runtimes.own import OwnWheel, own_wheel
from starwhale.runtimes.package import lock_path
from starwhale.runtimes.platforms import this_platform
from starwhale.runtimes.service import RuntimeService


def uri(text: str) -> ArtifactUri:
    return parse_uri(text, kind=Kind.RUNTIME, defaults=Defaults())


def environ(home: Path, index: Index, cache: Path) -> dict[str, str]:
    """What a user has in his environment: programs, a home, and an index that is his."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "UV_CACHE_DIR": str(cache),
        "UV_DEFAULT_INDEX": index.url,
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_HTTP_RETRIES": "0",
    }


@dataclass
class Yard:
    """A directory with a runtime.yaml, and the runtimes that are built from it."""

    instance: LocalInstance
    runtimes: RuntimeService
    workdir: Path
    index: Index
    env: dict[str, str]
    told: list[str] = field(default_factory=list[str])

    def write(self, path: str, text: str, mode: int = 0o644) -> Path:
        place = self.workdir / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)
        return place

    def build(self, yaml: str | None = None, **more: Any) -> VersionRead:
        if yaml is not None:
            self.write("runtime.yaml", yaml)
        if not any(more.get(way) for way in ("venv", "image", "shell")):
            more["yaml"] = self.workdir / "runtime.yaml"
        return self.runtimes.build(self.instance.actor, "self", BuildRequest(**more), tell=self.told.append)

    def lock(self, version: VersionRead, platform: str = "") -> Lock:
        path = lock_path(platform or this_platform())
        return parse_lock((self.runtimes.contents.read(version, path) or b"").decode(), path)

    def pins(self, version: VersionRead) -> dict[str, str]:
        """Versions in the lock, without what Starwhale itself needs."""
        found = dict(each.line.split("==") for each in self.lock(version).hashed)
        return {name: pinned for name, pinned in found.items() if pinned != "1000"}

    def restore(self, name: str) -> Path:
        return self.runtimes.restore(self.instance.actor, uri(name))


@pytest.fixture(scope="session")
def uv_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uv-cache")


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> OwnWheel:
    """Starwhale as it was when the tests began."""
    return own_wheel(tmp_path_factory.mktemp("own"))


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index(tmp_path / "index")
    made.add("alpha", "1.0")
    made.add("alpha", "2.0", requires=["beta>=1"])
    made.add("beta", "1.5", scripts={"beta-tool": "beta:version.strip"})
    made.add_needs_of_starwhale()
    return made


@pytest.fixture
def yard(
    tmp_path: Path, index: Index, uv_cache: Path, sqlite_template: Path, own: OwnWheel
) -> Iterator[Yard]:
    settings = Settings.at(tmp_path / "store")
    settings.root.mkdir()
    shutil.copy(sqlite_template, settings.root / "catalog.sqlite")
    env = environ(tmp_path / "home", index, uv_cache)
    workdir = tmp_path / "digits"
    workdir.mkdir()
    with LocalInstance(settings) as instance:
        runtimes = RuntimeService(instance.artifacts, instance.blobs, settings, env, lambda _: own)
        yield Yard(instance=instance, runtimes=runtimes, workdir=workdir, index=index, env=env)
