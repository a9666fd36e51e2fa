"""Facts of all files of a package together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from tests.unit.models.facts.samples import DESCRIPTION, SAMPLES, archive, safetensors, xgboost

from starwhale.core.errors import Corrupted, NotFound
from starwhale.models.facts.declared import FACTS, ModelFacts
from starwhale.models.facts.package import PackageFacts, facts_of_package
from starwhale.models.facts.source import Read
from starwhale.models.facts.tree import MOST_FILES, Entry, facts_of_tree
from starwhale.models.facts.values import TensorSpec


@dataclass(frozen=True)
class _File:
    path: str
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def digest(self) -> str:
        return sha256(self.data).hexdigest()

    def read(self, start: int, length: int) -> bytes:
        return self.data[start : start + length]


def _open(entry: Entry) -> Read:
    assert isinstance(entry, _File)
    return entry.read


def _package(**files: bytes) -> PackageFacts:
    return facts_of_package([_File(path.replace("__", "."), data) for path, data in files.items()], _open)


def _weights(count: int) -> bytes:
    header = {"w": {"dtype": "F32", "shape": [count], "data_offsets": [0, 4 * count]}}
    return safetensors({**header, "__metadata__": {"format": "pt"}}, bytes(4 * count))


def test_each_file_of_a_known_format_is_told_by_path() -> None:
    files = [_File(name, data) for name, data in SAMPLES.items()]
    found = facts_of_tree([*files, _File("code.py", b"x = 1"), _File("empty.pt", b"")], _open)
    assert [each.path for each in found] == sorted(SAMPLES)
    assert {each.problem for each in found} == {""}


def test_a_content_that_lies_twice_is_read_once() -> None:
    opened: list[str] = []

    def open_(entry: Entry) -> Read:
        opened.append(entry.path)
        return _open(entry)

    found = facts_of_tree([_File("a/m.onnx", SAMPLES["a.onnx"]), _File("b/m.onnx", SAMPLES["a.onnx"])], open_)
    assert [each.path for each in found] == ["a/m.onnx", "b/m.onnx"]
    assert opened == ["a/m.onnx"]


def test_a_damaged_store_is_told_and_stops_nothing() -> None:
    def broken(error: Exception, start: int, length: int) -> bytes:
        raise error

    def open_(entry: Entry) -> Read:
        if entry.path == "a.gguf":
            return _open(entry)
        return partial(broken, NotFound("gone") if entry.path == "a.onnx" else Corrupted("spoilt"))

    names = ["a.gguf", "a.onnx", "a.pkl"]
    found = facts_of_tree([_File(name, SAMPLES[name]) for name in names], open_)
    assert [each.problem for each in found] == ["", "gone", "spoilt"]


def test_more_files_than_are_looked_at_are_told() -> None:
    files = [_File(f"{number:05}.safetensors", b"") for number in range(3)]
    files += [_File(f"{number:05}.gguf", b"GGUF") for number in range(MOST_FILES + 2)]
    found = facts_of_tree(files, _open)
    assert len(found) == MOST_FILES + 2
    assert "more than" in found[-1].problem


def test_the_shards_of_a_model_are_one_model() -> None:
    known = _package(
        config__json=DESCRIPTION,
        a__safetensors=_weights(3),
        b__safetensors=_weights(4),
        c__gguf=SAMPLES["a.gguf"],
    )
    assert [each.to_json() for each in known.labels] == [
        {"framework": "transformers", "version": "4.51.3", "class": "LlamaForCausalLM", "parameters": 7}
    ]


def test_several_models_are_several_lines() -> None:
    known = _package(a__safetensors=_weights(3), m__onnx=SAMPLES["a.onnx"], x__json=xgboost())
    assert [(each.framework, each.parameters) for each in known.labels] == [
        ("pytorch", 3),
        ("onnx", 8),
        ("xgboost", 6),
    ]


def test_what_the_program_said_comes_first() -> None:
    said = ModelFacts(framework="mine", parameters=5, inputs=(TensorSpec(name="x", shape=(None, "n", 3)),))
    known = facts_of_package([_File(FACTS, said.to_bytes()), _File("a.onnx", SAMPLES["a.onnx"])], _open)
    assert known.declared == said
    assert [each.framework for each in known.labels] == ["mine"]
    assert [each.path for each in known.files] == ["a.onnx"]


def test_what_nobody_can_read_of_it_is_a_problem() -> None:
    for data in (b"{", b"[]", b'{"format": 9}', bytes(5 << 20)):
        known = facts_of_package([_File(FACTS, data)], _open)
        assert known.declared is None
        assert known.problem


def test_dangers_of_all_files_are_told_once() -> None:
    attack = b"\x80\x02cos\nsystem\n."
    known = _package(a__pkl=attack, b__pt=archive({"x/data.pkl": attack}), c__pkl=SAMPLES["a.pkl"])
    assert known.dangers == ("os.system",)
    assert known.to_json()["dangers"] == ["os.system"]
