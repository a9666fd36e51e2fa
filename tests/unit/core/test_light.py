"""What every command and every worker loads must stay light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from importlib import import_module
for name in sys.argv[2:]:
    import_module(name)
from pathlib import Path
if "starwhale.core.config" in sys.modules:
    sys.modules["starwhale.core.config"].load_config(Path(sys.argv[1]))
heavy = {"yaml", "pydantic", "numpy", "pyarrow", "sqlalchemy", "urllib.request", "asyncio", "difflib"}
print(*sorted(heavy & sys.modules.keys()))
"""
LIGHT = [
    "settings",
    "names",
    "version",
    "kinds",
    "instances",
    "uri",
    "addresses",
    "config",
    "page",
    "manifest",
]


def loaded(config: Path, *modules: str) -> list[str]:
    command = [sys.executable, "-c", PROGRAM, str(config), *modules]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def test_values_load_nothing_heavy_and_no_yaml_without_a_file(tmp_path: Path) -> None:
    kit = ["starwhale.kit.times", "starwhale.kit.files", "starwhale.kit.suggest", "starwhale.core.specs"]
    assert loaded(tmp_path / "none.yaml", *kit, *(f"starwhale.core.{name}" for name in LIGHT)) == []


def test_a_config_that_exists_loads_yaml_and_no_pydantic(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("version: '2.0'\n")
    assert loaded(tmp_path / "config.yaml", "starwhale.core.config") == ["yaml"]


@pytest.mark.parametrize("spec", ["model", "dataset", "runtime"])
def test_the_probe_sees_what_is_heavy(tmp_path: Path, spec: str) -> None:
    assert {"pydantic", "yaml"} <= set(loaded(tmp_path / "none.yaml", f"starwhale.core.specs.{spec}"))
