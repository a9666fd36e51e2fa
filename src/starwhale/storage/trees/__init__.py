"""Packages of files over blobs: scan, pack, store, materialise; `.swignore`; the digest cache."""

from __future__ import annotations

from starwhale.storage.trees.digest_cache import DigestCache
from starwhale.storage.trees.entry import TreeEntry, check_path
from starwhale.storage.trees.ignore import Ignore
from starwhale.storage.trees.manifest import json_document, manifest_tree, tree_manifest
from starwhale.storage.trees.store import Trees

__all__ = [
    "DigestCache",
    "Ignore",
    "TreeEntry",
    "Trees",
    "check_path",
    "json_document",
    "manifest_tree",
    "tree_manifest",
]
