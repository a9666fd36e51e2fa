"""What a later release has written, and what was locked for another machine: one sentence, no harm."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fault.user_code.conftest import Rogue
from tests.slice.runtimes.conftest import environ
from tests.slice.runtimes.index import Index

from starwhale.runtimes.platforms import this_platform

pytestmark = [pytest.mark.fault, pytest.mark.e2e]

# A later release, as far as the numbers of its formats go.
LATER = """
import sys
import {module} as module
module.{name} = {value!r}
{program}
"""
MAIN = "from starwhale.cli.main import main; main()"
ROWS = """
from starwhale import Dataset
Dataset.from_dict_items([{"x": number} for number in range(7)], name="later").close()
"""


def later(rogue: Rogue, where: str, value: object, program: str, *words: str) -> None:
    module, _, name = where.partition(":")
    code = LATER.format(module=module, name=name, value=value, program=program)
    ran = subprocess.run(
        [sys.executable, "-c", code, *words], env=rogue.environ, cwd=rogue.code, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


def check_refused(rogue: Rogue, words: str, said: str) -> None:
    ran = rogue(*words.split())
    assert (ran.returncode, ran.stdout) == (10, ""), words
    assert said in ran.stderr
    assert "upgrade" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ("starwhale.models.package:FORMAT", "starwhale.model/2", "'starwhale.model/2'"),
        pytest.param(
            *("starwhale.models.package:_DESCRIPTION_FORMAT", 2, "package.json has format 2"),
            marks=pytest.mark.slow,
        ),
    ],
    ids=["manifest", "description"],
)
def test_a_model_of_a_later_release_is_not_run(rogue: Rogue, where: str, value: object, said: str) -> None:
    later(rogue, where, value, MAIN, "model", "build", ".", "-m", "naughty", "-n", "later")
    check_refused(rogue, "model run -u later -h naughty:looks_at_its_package", said)
    assert rogue.jobs() == []
    # The others are not harmed by it.
    assert {each["name"] for each in rogue.json("model", "list")} == {"naughty", "later"}


def test_a_dataset_of_a_later_release_is_not_read(rogue: Rogue) -> None:
    later(rogue, "starwhale.storage.rows.manifest:FORMAT", 2, ROWS)
    for words in ("dataset head later", "model run -u naughty -h naughty:leaks -d later"):
        check_refused(rogue, words, "has format 2, this version reads 1")
    assert {each["name"] for each in rogue.json("dataset", "list")} == {"d", "later"}
    assert rogue("dataset", "head", "d").returncode == 0


def test_a_store_of_a_later_release_is_left_alone(rogue: Rogue) -> None:
    path = rogue.home / "store" / "catalog.sqlite"
    with sqlite3.connect(path) as catalog:
        catalog.execute("UPDATE alembic_version SET version_num = '9999'")
    catalog.close()
    before = path.read_bytes()
    for words in ("job list", "model run -u naughty -h naughty:looks_at_its_package"):
        ran = rogue(*words.split())
        assert (ran.returncode, ran.stdout) == (4, "")
        assert "was written by a newer release (revision 9999) (upgrade with `pip install" in ran.stderr
        assert len(ran.stderr.splitlines()) == 1
    assert path.read_bytes() == before


def test_a_runtime_that_was_locked_for_another_platform_is_refused_before_anything_runs(
    rogue: Rogue, tmp_path: Path
) -> None:
    index = Index(tmp_path / "index")
    index.add("alpha", "1.0")
    index.add_needs_of_starwhale()
    rogue.environ |= environ(rogue.home, index, tmp_path / "cache")
    other = "arm64" if this_platform().endswith("x86_64") else "amd64"
    yaml = {"name": "elsewhere", "dependencies": [{"pip": ["alpha"]}], "environment": {"arch": other}}
    (rogue.code / "runtime.yaml").write_text(json.dumps(yaml))
    built = rogue("runtime", "build", "-y", "runtime.yaml")
    assert built.returncode == 0, built.stderr
    ran = rogue("model", "run", "-u", "naughty", "-h", "naughty:looks_at_its_package", "-r", "elsewhere")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"and this machine is {this_platform()}" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert rogue.jobs() == []
