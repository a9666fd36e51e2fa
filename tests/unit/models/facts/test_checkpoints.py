"""Checkpoints of PyTorch and archives of Keras, as the frameworks and as attackers write them."""

from __future__ import annotations

import pytest
from tests.unit.models.facts.reading import FILES, Counting, facts, look, stored
from tests.unit.models.facts.samples import a_pickle, archive, keras

from starwhale.models.facts.tree import facts_of_file


@pytest.mark.parametrize("name", ["state.pt", "legacy.pt", "module.pt"])
def test_the_tensors_of_a_checkpoint_are_told(name: str) -> None:
    found = stored(name)
    assert (found.framework, found.problem) == ("pytorch", "")
    assert found.dtypes == {"float32": 27, "float64": 8, "int64": 1}
    assert (found.parameters, found.tensor_count) == (36, 9)
    shapes = {each.name: each.shape for each in found.tensors}
    assert (shapes["a.weight"], shapes["n.running_mean"], shapes["b.weight"]) == ((3, 4), (3,), (2, 3))
    assert {each.trust for each in found.imports} == {"expected"}


def test_a_whole_module_has_a_class_and_a_checkpoint_leaves_its_optimizer_out() -> None:
    module, training = stored("module.pt"), stored("train.ckpt")
    assert module.class_name == "torch.nn.modules.container.Sequential"
    assert (training.details["kind"], training.parameters) == ("checkpoint", 36)
    assert all(each.name.startswith("model_state_dict.") for each in training.tensors)


def test_a_script_is_told() -> None:
    found = stored("script.pt")
    assert (found.details["kind"], found.parameters) == ("torchscript", 6)


def test_every_pickle_of_the_archive_counts() -> None:
    data = archive({"a/data.pkl": a_pickle(2), "a/constants.pkl": b"\x80\x02cos\nsystem\n."})
    assert facts("a.pth", data).dangers == ("os.system",)


def test_a_cut_off_archive_is_refused_and_a_foreign_one_left_alone() -> None:
    data = (FILES / "state.pt").read_bytes()
    assert "directory" in facts("a.pt", data[:-30]).problem
    assert look("weights.bin", archive({"notes.txt": b"x"})) is None
    assert look("weights.bin", bytes(100)) is None


def test_what_is_packed_otherwise_is_not_taken_for_harmless() -> None:
    assert facts("model.pt", b"7z\xbc\xaf\x27\x1c" + bytes(100)).problem


def test_a_bomb_in_an_archive_is_followed_only_so_far() -> None:
    data = archive({"a/data.pkl": b"\x80\x04" + b"N0" * 3_000_000})
    assert "too long" in facts("a.pt", data).problem


def test_an_archive_of_keras_is_told() -> None:
    found = stored("sequential.keras")
    assert (found.framework, found.class_name, found.problem) == ("keras", "Sequential", "")
    assert found.details["layers"] == {"InputLayer": 1, "Dense": 2}
    assert [each.shape for each in found.inputs] == [(None, 4)]
    assert found.imports == ()
    assert found.version.startswith("3.")


def test_code_in_an_archive_of_keras_is_dangerous() -> None:
    assert stored("lambda.keras").dangers == ("marshal.loads",)
    told = {"class_name": "function", "module": "os", "config": "system"}
    found = facts("a.keras", keras({"class_name": "Sequential", "module": "keras", "config": told}))
    assert found.dangers == ("os.system",)
    own = {"class_name": "Mine", "module": "layers", "config": {}}
    found = facts("a.keras", keras({"class_name": "Sequential", "module": "keras", "config": {"x": [own]}}))
    assert [(each.name, each.trust) for each in found.imports] == [("layers.Mine", "unknown")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        archive({"config.json": b"{}"}),
        archive({"config.json": b'"' + b"a" * 20_000_000 + b'"', "metadata.json": b"{}"}),
        archive({"config.json": b"[" * 100_000, "metadata.json": b"{}"}),
        archive({"config.json": b"{}", "metadata.json": b"\xff"}),
    ],
)
def test_what_is_no_archive_of_keras_is_refused(data: bytes) -> None:
    file = Counting(data)
    found = facts_of_file("a.keras", len(data), file)
    assert found is not None
    assert found.problem
    assert file.read < 200_000
