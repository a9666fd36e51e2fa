"""Facts of all files of a package together."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from textwrap import dedent

import pytest
from tests.unit.models.facts.samples import DESCRIPTION, SAMPLES, archive, safetensors, xgboost

from starwhale.core.errors import Corrupted, NotFound
from starwhale.models.facts import tree
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


def test_a_pickle_that_is_itself_again_and_again_is_told_at_once() -> None:
    # Whoever made a text of it, or compared it, would not end: it would hold 2^60 tuples.
    program = """
        import resource
        from starwhale.models.facts.tree import facts_of_file

        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        doubled = b")" + b"2\\x86" * 60
        listed = b"]" + b"2\\x86" * 60
        rebuilt = b"ctorch._tensor\\n_rebuild_from_type_v2\\n"
        tensor = b"ctorch._utils\\n_rebuild_tensor_v2\\n"
        stored = b"(" + doubled * 2 + b"U\\x01k" + doubled * 2 + b"tQ"
        for one in (doubled, listed):
            for made in (
                one + b")R.",
                b"ccopyreg\\n_reconstructor\\n" + one + b"\\x85R.",
                b"}U\\x01w" + rebuilt + b"(" + one + b"N" + one + b"tRs.",
                b"}U\\x01w" + tensor + b"(" + stored + one + b"(K\\x02t(K\\x01ttRs.",
                b"}" + one + b"K\\x01s.",
            ):
                data = b"\\x80\\x02" + made
                for name in ("m.pkl", "m.pt", "m.joblib"):
                    facts = facts_of_file(name, len(data), lambda start, length: data[start : start + length])
                    print(facts and facts.to_json())
    """
    command = [sys.executable, "-c", dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("\n") == 30


def test_halves_of_letters_and_deep_values_hide_no_danger() -> None:
    nested = b'{"a":' * 400 + b"1" + b"}" * 400
    found = facts_of_package(
        [
            _File("config.json", b'{"model_type":"\\ud800","transformers_version":"1"}'),
            _File("m.pkl", b"\x80\x02cos\nsystem\nX\x03\x00\x00\x00\xed\xa0\x80\x85R."),
            _File(FACTS, b'{"framework":"\\udfff","details":' + nested + b"}"),
        ],
        _open,
    ).to_json()
    assert "os.system" in json.dumps(found, ensure_ascii=False).encode().decode()
    assert found["dangers"] == ["os.system"]


def test_a_package_has_one_patience_for_all_its_files() -> None:
    files = [_File(f"{number}.pkl", pickle.dumps({"a": number})) for number in range(5)]
    late = facts_of_package(files, _open, patience=-1.0)
    assert {each.problem for each in late.files} == {
        "it was not looked at: the files before it took too long"
    }
    assert not late.is_whole
    whole = facts_of_package(files, _open)
    assert [each.problem for each in whole.files] == [""] * 5
    assert whole.is_whole


def test_a_danger_is_told_however_much_the_files_say() -> None:
    harmless = b"".join(b"cmine\n%05d%0500d\n0" % (number, 0) for number in range(4000))
    attack = b"\x80\x02" + harmless + b"cos\nsystem\n."
    known = facts_of_package([_File(f"{number}/m.pkl", attack) for number in range(200)], _open)
    assert len(json.dumps(known.to_json())) < 2 * tree.MOST_TOLD
    assert known.dangers == ("os.system",)
    assert {each.dangers for each in known.files} == {("os.system",)}
    assert (known.files[0].problem, len(known.files[0].imports)) == ("", 4001)
    assert "left out" in known.files[-1].problem


def test_what_is_small_is_told_behind_what_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST_TOLD", 10_000)
    header = {"w" * 20_000: {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}}
    files = [_File("a.safetensors", safetensors(header)), _File("b.onnx", SAMPLES["a.onnx"])]
    long, short = facts_of_tree(files, _open)
    assert (long.tensors, long.tensor_count, "left out" in long.problem) == ((), 1, True)
    assert (short.problem, bool(short.inputs)) == ("", True)


def test_as_many_tensors_are_listed_as_somebody_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST_LISTED", 3)
    header = {name: {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for name in ("v", "w")}
    files = [_File(f"{place}/m.safetensors", safetensors(header)) for place in "abcd"]
    found = facts_of_tree(files, _open)
    assert sum(len(each.tensors) for each in found) == 3
    assert {each.tensor_count for each in found} == {found[0].tensor_count}
