"""Handlers are found in a process of their own, whatever the user's modules do there."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

from starwhale.core.errors import InvalidSpec, NotFound, UserCodeError
from starwhale.models.discovery import discover

GOOD = """
    from starwhale import evaluation, handler
    from lib.more import helper

    print("talk on stdout")

    @evaluation.predict(replicas=2, datasets=["mnist"])
    def predict(data): ...

    @evaluation.evaluate(needs=[predict])
    def evaluate(results): ...
"""


def write(root: Path, path: str, text: str) -> None:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(dedent(text))


def test_handlers_come_back_in_the_order_of_their_definition(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "lib/__init__.py", "")
    write(tmp_path, "lib/more.py", "from starwhale import handler\n@handler()\ndef helper(): ...\n")
    write(tmp_path, "run.py", GOOD)
    before = sorted(tmp_path.rglob("*"))
    specs = discover(tmp_path, ["run"])
    assert [spec.id for spec in specs] == ["lib.more:helper", "run:predict", "run:evaluate"]
    assert specs[1].datasets == ("mnist",)
    assert specs[2].needs == ("run:predict",)
    assert "run" not in sys.modules
    assert sorted(tmp_path.rglob("*")) == before, "no bytecode is left behind"
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "talk on stdout" in captured.err


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("x = 1\nx / 0\n", UserCodeError, "ZeroDivisionError: division by zero at run.py:2: x / 0"),
        ("import nothing_there\n", UserCodeError, "No module named 'nothing_there' at run.py:1"),
        ("def f(:\n", UserCodeError, "SyntaxError: invalid syntax at run.py:1: def f(:"),
        ("import sys\nsys.exit(3)\n", UserCodeError, "SystemExit: 3 at run.py:2"),
        ("import os\nos._exit(3)\n", UserCodeError, "ended the process with status 3"),
        ("import os\nos.kill(os.getpid(), 9)\n", UserCodeError, "ended the process by SIGKILL"),
        (
            "from starwhale import handler\n@handler(replicas=0)\ndef f(): ...\n",
            InvalidSpec,
            "run.py:2: handler",
        ),
        ("from starwhale.core.errors import NotFound\nraise NotFound('no x')\n", NotFound, "run.py:2: no x"),
    ],
)
def test_a_module_that_does_not_import_is_told_with_its_own_line(
    tmp_path: Path, text: str, kind: type[Exception], said: str
) -> None:
    write(tmp_path, "run.py", text)
    with pytest.raises(kind) as told:
        discover(tmp_path, ["run"])
    assert said in str(told.value)


def test_a_module_that_is_not_there_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    write(tmp_path, "pkg/evaluate.py", "")
    with pytest.raises(InvalidSpec, match=r"no module 'pkg.evalute'.*did you mean 'pkg.evaluate'\?"):
        discover(tmp_path, ["pkg.evalute"])


def test_handlers_that_need_each_other_are_told(tmp_path: Path) -> None:
    text = """
        from dataclasses import replace
        from starwhale import handler
        from starwhale.core.handlers import register, registered

        @handler()
        def one(): ...

        @handler(needs=[one])
        def two(): ...

        spec, function = registered()["run:one"]
        register(replace(spec, needs=("run:two",)), function)
    """
    write(tmp_path, "run.py", text)
    with pytest.raises(InvalidSpec, match="circle: run:one needs run:two needs run:one"):
        discover(tmp_path, ["run"])


def test_modules_of_the_user_do_not_stand_in_for_the_standard_library(tmp_path: Path) -> None:
    for name in ("json", "typing", "dataclasses", "enum", "starwhale"):
        write(tmp_path, f"{name}.py", "raise RuntimeError('taken for another')\n")
    write(tmp_path, "run.py", "from starwhale import handler\n@handler()\ndef f(): ...\n")
    assert [spec.id for spec in discover(tmp_path, ["run"])] == ["run:f"]


def test_variables_of_the_package_are_set_unless_the_process_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        "run.py",
        """
        import os
        from starwhale import handler

        @handler(name=os.environ["SW_TEST_A"] + os.environ["SW_TEST_B"])
        def f(): ...
        """,
    )
    monkeypatch.setenv("SW_TEST_B", "process")
    (spec,) = discover(tmp_path, ["run"], {"SW_TEST_A": "package-", "SW_TEST_B": "package"})
    assert spec.name == "package-process"


def test_what_the_modules_start_does_not_keep_the_answer_waiting(tmp_path: Path) -> None:
    write(
        tmp_path,
        "run.py",
        """
        import threading, time
        from starwhale import handler
        threading.Thread(target=time.sleep, args=(60,)).start()

        @handler()
        def f(): ...
        """,
    )
    begun = time.monotonic()
    assert len(discover(tmp_path, ["run"])) == 1
    assert time.monotonic() - begun < 30


def test_a_script_that_builds_itself_is_not_built_again(tmp_path: Path) -> None:
    write(
        tmp_path,
        "run.py",
        """
        from starwhale import handler, model

        @handler()
        def f(): ...

        assert model.build() is None
        """,
    )
    assert [spec.id for spec in discover(tmp_path, ["run"])] == ["run:f"]
    assert [path.name for path in tmp_path.iterdir()] == ["run.py"]
