"""What `import starwhale` costs and gives, under the present names and the older ones."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import starwhale
from starwhale._compat.finder import PATHS

ROOT = Path(__file__).parents[3]


def loaded_by(code: str) -> list[str]:
    after = "print(json.dumps(sorted(set(sys.modules) - before)))"
    program = f"import sys, json\nbefore = set(sys.modules)\n{code}\n{after}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    return json.loads(done.stdout)


def test_import_starwhale_loads_nothing_but_the_standard_library() -> None:
    roots = {name.partition(".")[0] for name in loaded_by("import starwhale")}
    assert roots - {"starwhale"} <= set(sys.stdlib_module_names)
    assert [name for name in loaded_by("import starwhale") if name.startswith("starwhale.")] == []


def test_the_decorators_load_nothing_but_the_standard_library() -> None:
    code = (
        "from starwhale import handler, evaluation, argument, PipelineHandler, Context, multi_classification"
    )
    roots = {name.partition(".")[0] for name in loaded_by(code)}
    assert roots - {"starwhale"} <= set(sys.stdlib_module_names)


def test_every_public_name_is_there_and_is_told_by_dir() -> None:
    for name in starwhale.__all__:
        assert getattr(starwhale, name) is not None
        assert name in dir(starwhale)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_here"):
        starwhale.nothing_here  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert starwhale.__version__ == project["version"] == version("starwhale")


@pytest.mark.parametrize("path", PATHS)
def test_an_older_path_leads_to_where_its_names_live_now(path: str) -> None:
    module = importlib.import_module(path)
    target = PATHS[path]
    if isinstance(target, str):
        assert module is importlib.import_module(target)
        return
    assert module.__all__ == list(target)
    for name in target:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="no attribute"):
        module.nothing_here  # noqa: B018


def test_older_imports_work_as_they_were_written() -> None:
    code = """
from starwhale.base.data_type import *
from starwhale.base.uri.resource import Resource, ResourceType
from starwhale.utils import console
from starwhale.utils.debug import init_logger
from starwhale.consts.env import SWEnv
import starwhale.evaluation
import starwhale, starwhale.base.type
assert Image is starwhale.Image and Resource is starwhale.Resource
assert starwhale.base.type.PredictLogMode("plain").value == "plain"
assert starwhale.evaluation.predict and SWEnv.project == "SW_PROJECT"
"""
    loaded_by(code)


@pytest.mark.parametrize("path", ["starwhale.nothing", "starwhale.base.nothing", "starwhale.consts.other"])
def test_a_path_that_never_was_is_not_found(path: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(path)
