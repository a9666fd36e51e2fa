from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

from starwhale.api import context
from starwhale.core import handlers

_numbers = count()


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """Every test begins and ends without handlers and without a context of its own."""
    before = dict(handlers.registered())
    handlers.clear()
    yield
    context.leave()
    handlers.clear()
    for spec, function in before.values():
        handlers.register(spec, function)


@pytest.fixture
def module(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a text as a module of a user, under a name of its own."""
    made: list[str] = []
    sys.path.insert(0, str(tmp_path))

    def make(text: str) -> ModuleType:
        name = f"user_code_{next(_numbers)}"
        (tmp_path / f"{name}.py").write_text(dedent(text))
        importlib.invalidate_caches()
        made.append(name)
        return importlib.import_module(name)

    yield make
    sys.path.remove(str(tmp_path))
    for name in made:
        sys.modules.pop(name, None)
