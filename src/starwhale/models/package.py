"""What a model package is, and how it is written down.

A package is a tree of files. Two documents describe it, both JSON:

- the manifest, a blob: ``{"format": "starwhale.model/1", "files": [[path, mode, size, digest], …]}`` in its
  canonical form, files sorted by path. The version id is the digest of exactly these bytes;
- ``.starwhale/package.json``, a file of the tree: the modules, the environment and the handlers that the
  build found, so that a directory that was laid out anywhere can be run without looking anything up.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starwhale.core.errors import Corrupted, InvalidSpec
from starwhale.core.handlers import HandlerSpec
from starwhale.storage.trees import TreeEntry, json_document, manifest_tree, tree_manifest

FORMAT = "starwhale.model/1"
DESCRIPTION = ".starwhale/package.json"
MODEL_YAML = "model.yaml"
RUNTIME = ".starwhale/runtime/"
"""Where a package keeps the files of its runtime."""
_DESCRIPTION_FORMAT = 1
_DEFAULTS = HandlerSpec(id="", module="", qualname="").to_json()
_ALWAYS = frozenset({"id", "module", "qualname", "kind"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What the build found out about the code.

    Attributes:
        modules: Dotted names to import, so that the handlers register themselves.
        envs: ``NAME=value`` for every worker.
        handlers: In the order in which the modules define them.
        runtime: Name and version id of the runtime in the package; None where there is none.
    """

    modules: tuple[str, ...]
    envs: tuple[str, ...] = ()
    handlers: tuple[HandlerSpec, ...] = ()
    runtime: tuple[str, str] | None = None

    def to_bytes(self) -> bytes:
        """The same description gives the same bytes, in later releases too: what is default is left out."""
        plain = {
            "format": _DESCRIPTION_FORMAT,
            "modules": list(self.modules),
            "envs": list(self.envs),
            "handlers": [_brief(spec) for spec in self.handlers],
        }
        if self.runtime is not None:
            plain["runtime"] = list(self.runtime)
        return json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Description:
        """Read what `to_bytes` wrote.

        Raises:
            Corrupted: it is none of ours, or of a later release.
        """
        plain = json_document(data, DESCRIPTION)
        if plain.get("format") != _DESCRIPTION_FORMAT:
            raise Corrupted(
                f"{DESCRIPTION} has format {plain.get('format')!r}", hint="upgrade Starwhale to read it"
            )
        try:
            return cls(
                modules=tuple(plain["modules"]),
                envs=tuple(plain["envs"]),
                handlers=tuple(HandlerSpec.from_json(each) for each in plain["handlers"]),
                runtime=(runtime[0], runtime[1]) if (runtime := plain.get("runtime")) else None,
            )
        except (InvalidSpec, KeyError, TypeError, AttributeError, IndexError) as exc:
            raise Corrupted(f"{DESCRIPTION} describes no model", hint="upgrade Starwhale to read it") from exc


def manifest_bytes(files: Iterable[TreeEntry]) -> bytes:
    """The canonical manifest of a tree."""
    return tree_manifest(FORMAT, files)


def manifest_files(data: bytes) -> tuple[TreeEntry, ...]:
    """The files that a manifest names, sorted by path.

    Raises:
        Corrupted: it is no manifest of a model, or of a later release.
    """
    return manifest_tree(data, FORMAT, "model")


def _brief(spec: HandlerSpec) -> dict[str, Any]:
    plain = {
        name: value for name, value in spec.to_json().items() if name in _ALWAYS or value != _DEFAULTS[name]
    }
    if plain.get("name") == spec.id:
        del plain["name"]
    return plain
