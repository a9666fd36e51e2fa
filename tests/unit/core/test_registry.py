from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from starwhale.core.errors import Conflict, MissingDependency, NotFound
from starwhale.core.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GROUP = "starwhale.test_greetings"


@pytest.fixture
def greetings() -> Registry[object]:
    registry: Registry[object] = Registry("greeting", group=GROUP)

    def hello() -> str:
        return "hello"

    assert registry.register("hello")(hello) is hello
    return registry


@pytest.fixture
def package(tmp_path: Path) -> Iterator[None]:
    """An installed package that announces one greeting that works and two that do not."""
    (tmp_path / "greeting_package.py").write_text("def salute():\n    return 'salute'\n")
    info = tmp_path / "greeting_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: greeting-package\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{GROUP}]\nsalute = greeting_package:salute\n"
        "lost = greeting_package:lost\ngone = no_such_module:x\n"
    )
    sys.path.insert(0, str(tmp_path))
    yield
    sys.path.remove(str(tmp_path))
    sys.modules.pop("greeting_package", None)


def test_our_own_is_found(greetings: Registry[object]) -> None:
    found = greetings.get("hello")
    assert callable(found)
    assert found() == "hello"
    assert greetings.names() == ("hello",)


@pytest.mark.usefixtures("package")
def test_another_packages_is_found_and_stays_the_same(greetings: Registry[object]) -> None:
    assert greetings.names() == ("gone", "hello", "lost", "salute")
    found = greetings.get("salute")
    assert callable(found)
    assert found() == "salute"
    assert greetings.get("salute") is found


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("name", ["lost", "gone"])
def test_a_package_that_cannot_be_imported_is_named(greetings: Registry[object], name: str) -> None:
    with pytest.raises(MissingDependency, match="'greeting-package'"):
        greetings.get(name)


@pytest.mark.parametrize(("name", "hint"), [("helo", "did you mean 'hello'?"), ("zzz", "there are: hello")])
def test_a_miss_suggests(greetings: Registry[object], name: str, hint: str) -> None:
    with pytest.raises(NotFound) as caught:
        greetings.get(name)
    assert caught.value.message == f"no greeting is called {name!r}"
    assert caught.value.hint == hint


def test_a_name_is_given_once(greetings: Registry[object]) -> None:
    with pytest.raises(Conflict, match="'hello'"):
        greetings.register("hello")(object())
