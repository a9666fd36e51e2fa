"""Packages that came over the network, looked at before they are published."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from starwhale.core.kinds import Kind
from starwhale.models.package import manifest_files
from starwhale.runtimes.package import manifest_files as runtime_files
from starwhale.storage.rows.foreign import ForeignRows
from starwhale.storage.trees.foreign import ForeignTree

if TYPE_CHECKING:
    from starwhale.storage.rows.manifest import LayerStore


class ForeignContent:
    """Looks at packages of every kind.

    Args:
        layers: Where they were stored.
    """

    def __init__(self, layers: LayerStore) -> None:
        self._rows = ForeignRows(layers)
        self._trees = {
            Kind.MODEL: ForeignTree(layers.blobs, manifest_files),
            Kind.RUNTIME: ForeignTree(layers.blobs, runtime_files),
        }

    def __call__(self, kind: Kind, manifest: str, known: Collection[str]) -> Iterator[set[str]]:
        """The blobs that a manifest needs, step by step; see `UploadService`."""
        if kind is Kind.DATASET:
            return self._rows.steps(manifest, known)
        return self._trees[kind].steps(manifest)
