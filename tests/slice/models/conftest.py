from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from starwhale.artifacts.schemas import VersionRead
from starwhale.artifacts.service import ArtifactService
from starwhale.catalog.engine import Catalog
from starwhale.core.actor import Actor
from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.handlers import HandlerSpec
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.uri import ArtifactUri
from starwhale.models.builder import BuildRequest
from starwhale.models.service import ModelService
from starwhale.projects.service import ProjectService
from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import open_objects

ME = Actor(name="me", admin=True)
PREDICT = HandlerSpec(
    id="evaluate:predict", module="evaluate", qualname="predict", kind="predict", replicas=2
)


def uri(text: str) -> ArtifactUri:
    return parse_uri(text, kind=Kind.MODEL, defaults=Defaults())


@dataclass
class House:
    """A directory of code and the models that are built from it."""

    models: ModelService
    workdir: Path
    asked: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    handlers: Sequence[HandlerSpec] = (PREDICT,)

    def write(self, path: str, text: str, mode: int = 0o644) -> Path:
        place = self.workdir / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)
        return place

    def discover(self, *asked: Any) -> Sequence[HandlerSpec]:
        self.asked.append(asked)
        return self.handlers

    def build(self, *, discover: Callable[..., Any] | None = None, **more: Any) -> VersionRead:
        facts: dict[str, Any] = {"workdir": self.workdir, "modules": ("evaluate",), **more}
        request = BuildRequest(**facts)
        return self.models.build(ME, "self", request, discover=discover or self.discover)

    def seqs(self) -> list[int]:
        return [each.seq for each in self.models.artifacts.history(ME, uri(self.workdir.name)).items]


@pytest.fixture
def house(catalog: Catalog, tmp_path: Path) -> House:
    settings = Settings.at(tmp_path / "store")
    ProjectService(catalog).ensure_default(ME)
    workdir = tmp_path / "digits"
    made = House(
        models=ModelService(ArtifactService(catalog), Blobs(open_objects(settings.objects_url)), settings),
        workdir=workdir,
    )
    made.write("evaluate.py", "def predict(data): ...\n")
    made.write("weights/a.bin", "0123456789" * 100)
    return made
