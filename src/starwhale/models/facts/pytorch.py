"""Checkpoints of PyTorch: what they import and which tensors they hold; nothing is unpickled."""

from __future__ import annotations

from typing import Any

from starwhale.models.facts import archive
from starwhale.models.facts.elements import LISTED
from starwhale.models.facts.objects import made_by, named
from starwhale.models.facts.pickles import Scan, scan
from starwhale.models.facts.source import Cursor, Source, Unreadable
from starwhale.models.facts.tensors import tensors_of
from starwhale.models.facts.trust import told
from starwhale.models.facts.values import FileFacts, TensorSpec

LEGACY = 0x1950A86A20F9469CFC6C
"""What a checkpoint from before PyTorch 1.6 begins with, as a pickled number."""

_LEGACY_PICKLES = 5
_MOST_PICKLES = 16
_DICTS = frozenset({"", "collections.OrderedDict"})
_SHORT = 200


def read_pytorch(source: Source, path: str) -> FileFacts | None:
    """Look into a checkpoint that is a ZIP file.

    Returns:
        What is in it; None for a ZIP file without any pickle.

    Raises:
        Unreadable: the archive is damaged.
    """
    members = archive.members(source)
    pickles = sorted((name for name in members if name.endswith(".pkl")), key=_depth_first)
    if not pickles:
        return None
    found = Scan()
    for name in pickles[:_MOST_PICKLES]:
        one = scan(archive.open_member(source, members[name]))
        found.values.extend(one.values)
        found.imports |= one.imports
        found.problem = found.problem or (one.problem and f"{name[:100]}: {one.problem}")
    if len(pickles) > _MOST_PICKLES:
        found.problem = found.problem or f"it holds {len(pickles)} pickles"
    script = any("/code/" in name for name in members)
    details = {"form": "zip", "kind": "torchscript"} if script else {"form": "zip"}
    return facts_of(found, found.values[0] if found.values else None, path, details)


def read_legacy(source: Source, path: str) -> FileFacts:
    """Look into a checkpoint from before PyTorch 1.6."""
    found = scan(Cursor(source), streams=_LEGACY_PICKLES)
    root = found.values[3] if len(found.values) > 3 else None
    return facts_of(found, root, path, {"form": "legacy"})


def facts_of(found: Scan, root: Any, path: str, details: dict[str, Any]) -> FileFacts:
    """What a scan has found, told.

    Args:
        found: Of all pickles of the file.
        root: What the main one would give.
        path: Of the file.
        details: What else is known.
    """
    specs: list[TensorSpec] = []
    dtypes: dict[str, int] = {}
    places: set[tuple[str, ...]] = set()
    count, problem = 0, found.problem
    try:
        for each in tensors_of(root):
            count += 1
            if len(specs) < LISTED:
                specs.append(each.spec)
            if each.place not in places:
                places.add(each.place)
                dtypes[each.spec.dtype] = dtypes.get(each.spec.dtype, 0) + each.count
    except Unreadable as error:
        problem = problem or error.message
    kind = made_by(root)
    return FileFacts(
        path=path,
        format="pytorch",
        framework="pytorch",
        class_name="" if kind in _DICTS else kind[:_SHORT],
        parameters=sum(dtypes.values()) if count else None,
        tensor_count=count,
        tensors=tuple(specs),
        dtypes=dtypes,
        details={"kind": _kind(root, kind), **details, **_lightning(root)},
        imports=told(found.imports),
        problem=problem,
    )


def _kind(root: Any, by: str) -> str:
    if by not in _DICTS:
        return "object"
    return "checkpoint" if any("state_dict" in name for name in named(root)) else "state_dict"


def _lightning(root: Any) -> dict[str, str]:
    version = named(root).get("pytorch-lightning_version")
    return {"lightning": version[:_SHORT]} if isinstance(version, str) else {}


def _depth_first(name: str) -> tuple[bool, int, str]:
    return not name.endswith("data.pkl"), name.count("/"), name
