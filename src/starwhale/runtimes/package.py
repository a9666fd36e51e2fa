"""What a runtime package is, and how it is written down.

A package is a tree of files; its version is the digest of its manifest, as with models:

- ``runtime.yaml``, as the user wrote it or as it was found out, and what it names, at the same paths;
- ``.starwhale/runtime.json``: the same without anything left open;
- ``.starwhale/lock/PLATFORM.txt``: the lock for a platform, one each; for conda also ``PLATFORM.conda.txt``;
- ``.starwhale/wheels/``: wheels that came from elsewhere than beside runtime.yaml.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from starwhale.core.errors import Corrupted
from starwhale.runtimes.indexes import Indexes
from starwhale.runtimes.requirements import Requirements
from starwhale.storage.trees import TreeEntry, json_document, manifest_tree, tree_manifest

FORMAT = "starwhale.runtime/1"
OWN = ".starwhale"
DESCRIPTION = f"{OWN}/runtime.json"
WHEELS = f"{OWN}/wheels"
OUTSIDE = f"{OWN}/outside"
VENV, CONDA, DOCKER = "venv", "conda", "docker"
_DESCRIPTION_FORMAT = 1


def lock_path(platform: str) -> str:
    """Where a package keeps the lock for a platform."""
    return f"{OWN}/lock/{platform}.txt"


def conda_lock_path(platform: str) -> str:
    """Where a package keeps the conda packages for a platform."""
    return f"{OWN}/lock/{platform}.conda.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What an environment is made of; nothing is left open.

    Attributes:
        mode: ``venv``, ``conda``, or ``docker`` for an image that holds everything already.
        python: Such as ``3.12`` or ``3.12.1``; empty in mode ``docker``.
        platforms: Those that it is locked for; none where it was built without a lock.
        requirements: Of pip, as they were written.
        constraints: Bounds on what may be chosen.
        hashes: Requirement and hash of each file that the author allows for it.
        options: Words for the resolver.
        conda: Packages of conda, as they were written.
        channels: Where these come from, the first before the others.
        wheels: Paths in the package.
        files: Path in the package and path in the environment of each file.
        pre: Shell commands before the environment is made.
        commands: Shell commands when the packages are there.
        post: Shell commands at the end.
        image: Container image to run in.
        cuda: Version of CUDA that is needed.
        cudnn: Version of cuDNN.
        os: As it was written.
        indexes: Where packages come from.
        condarc: Settings of conda.
        is_complete: `wheels` hold all that the lock names, so no index need be asked.
    """

    mode: str
    python: str = ""
    platforms: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    hashes: tuple[tuple[str, str], ...] = ()
    options: tuple[str, ...] = ()
    conda: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    wheels: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    pre: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    post: tuple[str, ...] = ()
    image: str = ""
    cuda: str = ""
    cudnn: str = ""
    os: str = ""
    indexes: Indexes = field(default_factory=Indexes)
    condarc: Mapping[str, Any] = field(default_factory=dict[str, Any])
    is_complete: bool = False

    @property
    def asked(self) -> Requirements:
        """The requirements of pip."""
        hashes: dict[str, frozenset[str]] = {}
        for line, each in self.hashes:
            hashes[line] = hashes.get(line, frozenset()) | {each}
        return Requirements(
            lines=self.requirements,
            constraints=self.constraints,
            hashes=hashes,
            options=self.options,
            indexes=self.indexes,
        )

    def to_plain(self) -> dict[str, Any]:
        """JSON, without what is empty."""
        plain = {name: value for name, value in asdict(self).items() if value and name != "indexes"}
        return {**plain, "indexes": self.indexes.to_plain()}

    def to_bytes(self) -> bytes:
        """The same description gives the same bytes, in later releases too: what is empty is left out."""
        plain = {"format": _DESCRIPTION_FORMAT, **self.to_plain()}
        return json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Description:
        """Read what `to_bytes` wrote.

        Raises:
            Corrupted: it is none of ours, or of a later release.
        """
        plain = dict(json_document(data, DESCRIPTION))
        if plain.pop("format", None) != _DESCRIPTION_FORMAT:
            raise Corrupted(f"{DESCRIPTION} has an unknown format", hint="upgrade Starwhale to read it")
        try:
            indexes = Indexes.from_plain(plain.pop("indexes"))
            files = tuple((src, dest) for src, dest in plain.pop("files", ()))
            hashes = tuple((line, each) for line, each in plain.pop("hashes", ()))
            rest: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()
            }
            return cls(**rest, files=files, hashes=hashes, indexes=indexes)
        except (KeyError, TypeError, ValueError) as exc:
            raise Corrupted(
                f"{DESCRIPTION} describes no runtime", hint="upgrade Starwhale to read it"
            ) from exc


def manifest_bytes(files: Iterable[TreeEntry]) -> bytes:
    """The canonical manifest of a tree."""
    return tree_manifest(FORMAT, files)


def manifest_files(data: bytes) -> tuple[TreeEntry, ...]:
    """The files that a manifest names, sorted by path.

    Raises:
        Corrupted: it is no manifest of a runtime, or of a later release.
    """
    return manifest_tree(data, FORMAT, "runtime")
