"""Handlers of modules, found once for each content that tests share.

They are found by a program that imports the whole SDK. That it does so for every directory has tests of its
own (`tests/slice/models/test_discovery.py`); here only what it finds matters.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from starwhale.core.handlers import HandlerSpec
from starwhale.models.discovery import discover

_FOUND: dict[tuple[object, ...], list[HandlerSpec]] = {}


def discover_once(
    workdir: Path,
    modules: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    python: str = sys.executable,
) -> list[HandlerSpec]:
    """What `discover` finds, remembered by all that lies in the directory."""
    files = [path for path in sorted(workdir.rglob("*")) if path.is_file()]
    content = tuple((str(path.relative_to(workdir)), path.read_bytes()) for path in files)
    key = (content, tuple(modules), tuple(sorted((environment or {}).items())), python)
    if key not in _FOUND:
        _FOUND[key] = discover(workdir, modules, environment, python=python)
    return list(_FOUND[key])
