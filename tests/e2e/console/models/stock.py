"""A project with models, runtimes, datasets and jobs that have to do with each other, made by the SDK."""

from __future__ import annotations

import hashlib
import json
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.console.corpus import ATTACKS
from tests.e2e.console.visiting import PATIENCE, House

from starwhale.artifacts.packages import FilePackage
from starwhale.core.errors import Conflict
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.uri import ArtifactUri
from starwhale.instance.remote import RemoteInstance
from starwhale.models.builder import BuildRequest, PackedRuntime
from starwhale.models.discovery import discover
from starwhale.runtimes.builder import Locks, pack
from starwhale.runtimes.lock import Lock, Locked
from starwhale.runtimes.package import manifest_bytes
from starwhale.runtimes.recipe import read_recipe
from starwhale.storage.blobs import Blobs
from starwhale.storage.trees import Trees

PROJECT = "zoo"
ATTACK = "<img src=x onerror=alert(1)>"
CARD = """# digit-reader

Reads **handwritten digits**, one image at a time.

| dataset | accuracy |
|---|---:|
| digits | 0.97 |

See [the guide](https://example.com/guide).
"""
CODE = '''
"""Handlers of a model that reads digits."""

import time
from dataclasses import dataclass, field
from typing import Literal

from starwhale import argument, evaluation, finetune, handler


@dataclass
class Reading:
    """How images are read."""

    batch_size: int = field(default=64, metadata={"help": "images that are read at once"})
    threshold: float = field(default=0.5, metadata={"help": "least score of an answer that counts"})
    device: Literal["cpu", "cuda"] = field(default="cpu", metadata={"help": "where it computes"})
    labels: list[str] = field(default_factory=list, metadata={"help": "only these digits"})
    verbose: bool = False


@dataclass
class Training:
    epochs: int = field(metadata={"help": "how often each row is seen"})
    learning_rate: float = field(default=1e-3, metadata={"help": "length of a step"})


@argument(Reading)
@evaluation.predict(replicas=2, resources={"cpu": 1, "memory": "512Mi"}, batch_size=2)
def predict(data, argument):
    return [row["label"] % 10 for row in data]


@evaluation.evaluate(needs=[predict])
def evaluate(results):
    rows = list(results)
    evaluation.log_summary({"accuracy": sum(r["output"] == r["input"]["label"] for r in rows) / len(rows)})


@handler(name="fetch pictures", resources={"memory": "1Gi"})
def fetch():
    print("fetched")


@handler(needs=[fetch], replicas=3)
def embed():
    print("embedded")


@handler(needs=[fetch])
def describe():
    print("described")


@handler(needs=[embed, describe], resources={"nvidia.com/gpu": 1})
def index():
    print("indexed")


@argument(Training)
@finetune(require_validation_datasets=True)
def train(train, validate, argument):
    with open("weights/log.txt", "w") as log:
        log.write(f"{argument.epochs} epochs\\n")


@argument(Training)
@handler(name="ATTACK")
def attack(argument):
    pass


@handler(expose=8080)
def serve():
    while True:  # until it is cancelled
        time.sleep(1)
'''
RUNTIME_YAML = """name: py
mode: venv
environment:
  python: "3.12"
  cuda: "12.4"
dependencies:
  - pip:
      - numpy
      - click
configs:
  pip:
    index_url: https://pypi.example.com/simple
    extra_index_url: https://wheels.example.com/simple
"""
LOCKS: tuple[Mapping[str, str], ...] = (
    {"click": "8.1.7", "numpy": "2.0.1", "pillow": "10.4.0", "tqdm": "4.66.5"},
    {"click": "8.1.8", "numpy": "2.1.0", "pillow": "10.4.0", "rich": "13.9.2", "safetensors": "0.4.5"},
)
PLATFORMS = ("linux-aarch64", "linux-x86_64")


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is.

    Attributes:
        versions: Ids of the versions of the model, the oldest first.
        runtimes: The same of the runtime.
        jobs: Ids of jobs by what they do.
    """

    versions: tuple[str, ...]
    runtimes: tuple[str, ...]
    jobs: Mapping[str, str]


def stock(house: House, home: Path) -> Stock:
    """Fill the project, which belongs to ada; bob looks at it."""
    with house.as_("ada") as http:
        http.post("/projects", {"name": PROJECT, "description": "Models of the zoo."})
        http.patch(f"/projects/{PROJECT}", {"public": True})
        http.put(f"/projects/{PROJECT}/members/bob", {"role": "GUEST"})
        http.post("/projects", {"name": "vault"})
        token = http.post("/me/tokens", {"name": "stock"})["token"]
    with RemoteInstance("team", house.url, token=token, user="ada", settings=Settings.at(home)) as team:
        _rows(team, PROJECT, "digits", 12)
        _rows(team, PROJECT, "held-out", 4)
        _rows(team, "vault", "secret-rows", 4)
        runtimes = tuple(_runtime(team, home, number) for number in range(2))
        first = _model(team, home, 0)
        jobs = {"reading": _job(house, "evaluate", datasets=["digits"], comment="first look")}
        jobs["training"] = _job(
            house,
            "train",
            datasets=["digits"],
            validation_datasets=["held-out"],
            arguments=["--epochs", "1"],
        )
        runtime = team.runtimes.resolve(team.actor, _uri(Kind.RUNTIME, "py", "latest"))
        packed = PackedRuntime(
            name="py",
            version=runtime.version,
            files=tuple(
                team.runtimes.contents.files(
                    team.runtimes.resolve(team.actor, _uri(Kind.RUNTIME, "py", runtimes[1]))
                )
            ),
        )
        _await(house, jobs["training"])
        tuned = team.models.resolve(team.actor, _uri(Kind.MODEL, "digit-reader", "latest")).version
        third = _model(team, home, 1, desc="Knows the runtime that it runs in.", runtime=packed)
        secret = "local/project/vault/dataset/secret-rows/version/latest"
        jobs["secret"] = _job(house, "evaluate", datasets=["digits", secret])
        # What asks for more than there is would be refused.
        spared = {"read:index": {"resources": {"cpu": 1}}}
        jobs["elsewhere"] = _job(house, "index", runtime="py/version/latest", steps=spared)
        jobs["serving"] = _job(house, "serve", runtime="none")
        for name in ("elsewhere", "serving", "secret"):
            # One that was quick has its end already.
            with house.as_("ada") as http, suppress(Conflict):
                http.post(f"/projects/{PROJECT}/jobs/{jobs[name]}/cancel", {"force": True})
        return Stock((first, tuned, third), runtimes, jobs)


def _rows(team: RemoteInstance, project: str, name: str, count: int) -> None:
    writer = team.datasets.writer(team.actor, project, name, None)
    for key in range(count):
        writer.put(key, {"label": key % 10, "text": f"{name} {key}"})
    writer.commit()
    writer.close()


def _model(team: RemoteInstance, home: Path, number: int, **told: Any) -> str:
    place = home / f"model-{number}"
    (place / "weights").mkdir(parents=True)
    # Only the first version is hostile.
    card, name = (CARD, "calm") if number else ("\n\n".join((CARD, *ATTACKS)), ATTACK)
    (place / "README.md").write_text(card)
    (place / "read.py").write_text(CODE.lstrip().replace("ATTACK", name) + "\n# second\n" * number)
    (place / "weights" / "net.safetensors").write_bytes(_weights(number))
    request = BuildRequest(workdir=place, name="digit-reader", modules=("read",), **told)
    return team.models.build(team.actor, PROJECT, request, discover=discover).version


def _weights(number: int) -> bytes:
    """Two tensors as safetensors keeps them."""
    sizes = {"layer.weight": [10, 64], "layer.bias": [10]}
    head, end = dict[str, Any](), 0
    for name, shape in sizes.items():
        begin, end = end, end + 4 * (shape[0] * shape[-1] if len(shape) > 1 else shape[0])
        head[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}
    told = json.dumps({"__metadata__": {"format": "pt"}, **head}).encode()
    return struct.pack("<Q", len(told)) + told + bytes([number]) * end


def _runtime(team: RemoteInstance, home: Path, number: int) -> str:
    place = home / f"runtime-{number}"
    place.mkdir(parents=True)
    (place / "runtime.yaml").write_text(RUNTIME_YAML.replace("12.4", f"12.{4 + number}"))
    recipe = read_recipe(place / "runtime.yaml")
    locks = Locks(pip={platform: _lock(platform, LOCKS[number]) for platform in PLATFORMS}, conda={})

    def packed(blobs: Blobs) -> FilePackage:
        files = pack(recipe, locks, Trees(blobs), blobs)
        meta = {"mode": "venv", "python": "3.12", "packages": len(LOCKS[number]), "platforms": [*PLATFORMS]}
        return FilePackage(message="", meta=meta, files=files, manifest=manifest_bytes(files))

    made = team.runtimes.published(team.actor, PROJECT, "py", packed, tags=(), force_tags=False)
    return made.version


def _lock(platform: str, packages: Mapping[str, str]) -> Lock:
    left_out = {"pillow"} if platform == "linux-aarch64" else set[str]()
    locked = [
        Locked(line=f"{name}=={version}", hashes=tuple(f"sha256:{each}" for each in _hashes(name, version)))
        for name, version in packages.items()
        if name not in left_out
    ]
    source = "viewer @ git+https://git.example.com/viewer.git@" + "3f" * 20
    return Lock(platform=platform, python="3.12", packages=(*locked, Locked(line=source)))


def _hashes(name: str, version: str) -> list[str]:
    return [hashlib.sha256(f"{name} {version} {file}".encode()).hexdigest() for file in range(3)]


def _uri(kind: Kind, name: str, version: str) -> ArtifactUri:
    return ArtifactUri(instance="local", project=PROJECT, kind=kind, name=name, version=version)


def _job(house: House, handler: str, **asked: Any) -> str:
    with house.as_("ada") as http:
        body = {"model": "digit-reader/version/v0", "handler": f"read:{handler}", **asked}
        return http.post(f"/projects/{PROJECT}/jobs", body)["id"]


def _await(house: House, job: str) -> None:
    """Wait until a job has succeeded."""
    patience = time.monotonic() + PATIENCE / 1000
    with house.as_("ada") as http:
        while (found := http.get(f"/projects/{PROJECT}/jobs/{job}"))["state"] != "SUCCESS":
            assert found["state"] in {"CREATED", "READY", "RUNNING"}, found["cause"]
            assert time.monotonic() < patience, found["state"]
            time.sleep(0.1)
