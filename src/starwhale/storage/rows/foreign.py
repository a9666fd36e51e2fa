"""Manifests of rows that somebody else has written: every claim is held against the files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import orjson

from starwhale.core.errors import Corrupted
from starwhale.storage.layers.checked_tags import check_tag
from starwhale.storage.layers.checking import LayerFacts, blob_name, check_layer, check_weight
from starwhale.storage.layers.tags import unify
from starwhale.storage.rows.manifest import FileRef

if TYPE_CHECKING:
    from starwhale.storage.layers.format import Key
    from starwhale.storage.rows.manifest import LayerStore, Manifest

#: Bytes of a manifest or a list of files.
LARGEST = 32 << 20
#: How deep the user's own description of a dataset may nest.
DEEPEST = 32
_WRONG = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError)


class ForeignRows:
    """Looks at rows that came over a network.

    Args:
        layers: Where they were stored.
    """

    def __init__(self, layers: LayerStore) -> None:
        self._layers = layers
        self._facts = lru_cache(maxsize=4096)(self._look)

    def steps(self, digest: str, known: Collection[str] = ()) -> Iterator[set[str]]:
        """The blobs that a manifest needs, in steps: those of each must be the caller's to read for the next.

        Args:
            digest: The manifest, which is his to read.
            known: Manifests whose files were looked at before, and are not looked at again.

        Raises:
            Corrupted: something is not as it says.
        """
        yield set(self._lists(digest))
        manifest = self._manifest(digest)
        named = {digest, *self._lists(digest), *(ref.blob for ref in manifest.files)}
        yield named
        seen = {ref.blob for each in known for ref in self._layers.load(each).files}
        needed = set(named)
        for ref in manifest.files:
            if ref.blob in seen:
                needed.update(self._layers.open(ref.blob).refs)
                continue
            facts = self._facts(ref.blob)
            needed.update(facts.refs)
            self._hold(digest, ref, facts, manifest)
        yield needed

    def _lists(self, digest: str) -> list[str]:
        base = self._json(digest).get("base")
        try:
            return [blob_name(base)] if base else []
        except ValueError as exc:
            raise Corrupted(f"manifest {digest[:12]} names no list of files") from exc

    def _manifest(self, digest: str) -> Manifest:
        try:
            for each in self._lists(digest):
                self._json(each)
            told = self._json(digest)
            _check_info(told["info"], 0)
            if type(told["keep"]) is not int or told["keep"] < 0:
                raise ValueError("the files that it keeps are not counted")
            manifest = self._layers.load(digest)
            _check_manifest(manifest)
        except Corrupted:
            raise
        except _WRONG as exc:
            raise Corrupted(f"manifest {digest[:12]} is none: {type(exc).__name__}") from exc
        return manifest

    def _json(self, digest: Any) -> dict[str, Any]:
        if not isinstance(digest, str) or self._layers.blobs.size(digest) > LARGEST:
            raise Corrupted(f"manifest {str(digest)[:12]} is too large")
        try:
            data = self._layers.blobs.read(digest)
            check_weight(data)
            found = orjson.loads(data)
        except ValueError as exc:
            raise Corrupted(f"manifest {digest[:12]} is none") from exc
        if not isinstance(found, dict):
            raise Corrupted(f"manifest {digest[:12]} is none")
        return cast("dict[str, Any]", found)

    def _look(self, digest: str) -> LayerFacts:
        return check_layer(self._layers.blobs.local(digest), digest)

    def _hold(self, digest: str, ref: FileRef, facts: LayerFacts, manifest: Manifest) -> None:
        size = self._layers.blobs.size(ref.blob)
        told = (ref.rows, ref.size, ref.first, ref.last, ref.ops, bool(ref.refs))
        true = (facts.rows, size, facts.first, facts.last, facts.ops, bool(facts.refs))
        if told != true:
            raise Corrupted(f"manifest {digest[:12]} tells of file {ref.blob[:12]} what it does not hold")
        for name, tag in facts.tags.items():
            if name not in manifest.columns or unify(manifest.columns[name], tag) != manifest.columns[name]:
                raise Corrupted(f"manifest {digest[:12]} tells another type of column {name[:80]!r}")


def _check_manifest(manifest: Manifest) -> None:
    for ref in manifest.files:
        _check_ref(ref)
    rows = sum(ref.rows for ref in manifest.files)
    if type(manifest.count) is not int or not 0 <= manifest.count <= rows:
        raise ValueError("it counts otherwise")
    if type(manifest.next_index) is not int or not -(2**63) <= manifest.next_index <= 2**63:
        raise ValueError("its next number is none")
    for name, tag in manifest.columns.items():
        check_tag(tag)
        name.encode()
    _check_order(manifest.files)


def _check_ref(ref: FileRef) -> None:
    blob_name(ref.blob)
    numbers = (ref.layer, ref.rows, ref.size, ref.refs, ref.apart)
    if any(type(each) is not int or not 0 <= each < 2**63 for each in numbers):
        raise ValueError("a number of a file is none")
    if type(ref.first) is not type(ref.last) or type(ref.first) not in {int, str}:
        raise ValueError("a key is none")


def _check_order(files: Iterable[FileRef]) -> None:
    groups: dict[tuple[int, type], list[tuple[Key, Key]]] = {}
    for ref in files:
        groups.setdefault((ref.layer, type(ref.first)), []).append((ref.first, ref.last))
    for spans in groups.values():
        ordered = sorted(cast("Any", spans))
        if any(one[1] >= other[0] for one, other in pairwise(ordered)):
            raise ValueError("files of one layer overlap")


def _check_info(info: Any, depth: int) -> None:
    if depth > DEEPEST or (depth == 0 and not isinstance(info, dict)):
        raise ValueError("the description nests too deep")
    if isinstance(info, dict):
        for each in cast("dict[str, Any]", info).values():
            _check_info(each, depth + 1)
    elif isinstance(info, list):
        for each in cast("list[Any]", info):
            _check_info(each, depth + 1)
