"""What the model in a version is: from the service, from the SDK, at the terminal."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from tests import terminal as terminals
from tests.slice.models.conftest import House
from tests.terminal import Terminal
from tests.unit.models.facts.samples import DESCRIPTION, SAMPLES

from starwhale.api.model import describe

terminal = terminals.terminal

CODE = """
from starwhale import handler

@handler()
def main():
    pass
"""


def test_a_version_tells_what_its_files_say(house: House) -> None:
    (house.workdir / "weights/model.safetensors").write_bytes(SAMPLES["a.safetensors"])
    (house.workdir / "weights/config.json").write_bytes(DESCRIPTION)
    known = house.models.contents.facts(house.build())
    assert [each.path for each in known.files] == ["weights/config.json", "weights/model.safetensors"]
    assert [(each.framework, each.parameters) for each in known.labels] == [("transformers", 6)]
    assert known.declared is None


def test_what_the_program_saved_is_packed_and_told(house: House) -> None:
    facts = describe(abs, inputs={"x": ("float32", (None,))})
    facts.save(house.workdir)
    built = house.build()
    assert ".starwhale/facts.json" in [each.path for each in house.models.contents.files(built)]
    assert house.models.contents.facts(built).declared == facts


def test_a_lost_blob_stops_nothing(house: House) -> None:
    (house.workdir / "m.onnx").write_bytes(SAMPLES["a.onnx"])
    built = house.build()
    digest = next(each.digest for each in house.models.contents.files(built) if each.path == "m.onnx")
    house.models.blobs.objects.delete(f"blobs/{digest[:2]}/{digest[2:]}")
    (found,) = house.models.contents.facts(built).files
    assert found.problem


@pytest.fixture
def built(terminal: Terminal) -> Terminal:
    """A terminal with the model `digits`."""
    code = terminal.home / "digits"
    code.mkdir()
    (code / "main.py").write_text(CODE)
    (code / "m.onnx").write_bytes(SAMPLES["a.onnx"])
    (code / "old.pkl").write_bytes(pickle.dumps(_Attack()))
    done = terminal("model", "build", str(code), "-m", "main")
    assert done.status == 0, done.err
    return terminal


class _Attack:
    def __reduce__(self) -> Any:
        return eval, ("1",)


def test_the_terminal_tells_the_framework_and_all_else_when_asked(built: Terminal) -> None:
    basic = built("model", "info", "digits")
    assert "framework:" in basic.out
    assert "onnx opset 17, pytorch, 8 parameters" in basic.out
    whole = built("model", "info", "digits", "-of", "all")
    assert "x: float32[batch, 4]" in whole.out
    assert "builtins.eval" in whole.out
    assert "beware" in whole.err


def test_the_terminal_tells_it_as_json(built: Terminal) -> None:
    basic = built("model", "info", "digits", "-o", "json").json
    assert [each["framework"] for each in basic["framework"]] == ["onnx"]
    assert "facts" not in basic
    facts = built("model", "info", "digits", "-of", "all", "-o", "json").json["facts"]
    assert facts["dangers"] == ["builtins.eval"]
    assert facts["files"][0]["inputs"][0] == {"name": "x", "dtype": "float32", "shape": ["batch", 4]}
