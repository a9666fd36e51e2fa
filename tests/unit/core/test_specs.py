from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from starwhale.core.errors import InvalidSpec, NotFound
from starwhale.core.specs.base import Spec, spec_of
from starwhale.core.specs.dataset import DatasetAttr, DatasetSpec, load_dataset_spec
from starwhale.core.specs.document import Document, parse_document
from starwhale.core.specs.model import ModelSpec, RunSpec, load_model_spec

if TYPE_CHECKING:
    from pathlib import Path

FULL_MODEL = """\
name: digits
version: 1.0
desc: classifies digits
run:
  modules: [digits.evaluate, "digits.train:Trainer"]
  handler: digits.legacy:main
  envs: [OMP_NUM_THREADS=1, EMPTY=]
"""
FULL_DATASET = """\
name: digits-test
handler: digits.dataset:rows
desc: the second half
version: "1.1"
attr: {volume_size: 2M, alignment_size: 4Ki}
pkg_data: [data/*.csv]
exclude_pkg_data: [data/big.csv]
project_uri: local/project/self
runtime_uri: pytorch/version/latest
"""


def model(content: str) -> ModelSpec:
    return spec_of(ModelSpec, parse_document(content, origin="model.yaml"))


def dataset(content: str) -> DatasetSpec:
    return spec_of(DatasetSpec, parse_document(content, origin="dataset.yaml"))


def test_a_whole_model_yaml_is_read(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text(FULL_MODEL)
    spec = load_model_spec(tmp_path / "model.yaml")
    assert (spec.name, spec.version, spec.desc) == ("digits", "1.0", "classifies digits")
    assert spec.run.imports == ("digits.evaluate", "digits.train:Trainer", "digits.legacy:main")
    assert spec.run.envs == ("OMP_NUM_THREADS=1", "EMPTY=")
    assert spec.unknown == ()


def test_a_whole_dataset_yaml_is_read(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text(FULL_DATASET)
    spec = load_dataset_spec(tmp_path / "dataset.yaml")
    assert (spec.name, spec.handler, spec.version) == ("digits-test", "digits.dataset:rows", "1.1")
    assert (spec.attr.volume_size, spec.attr.alignment_size) == (2_000_000, 4096)
    assert (spec.pkg_data, spec.exclude_pkg_data) == (("data/*.csv",), ("data/big.csv",))
    assert (spec.project_uri, spec.runtime_uri) == ("local/project/self", "pytorch/version/latest")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for load in (load_model_spec, load_dataset_spec):
        with pytest.raises(NotFound, match=r"none\.yaml"):
            load(tmp_path / "none.yaml")


@pytest.mark.parametrize("content", ["", "run:\n", "run: {modules: , envs: }\n", "name:\n"])
def test_what_is_left_empty_has_its_default(content: str) -> None:
    assert model(content) == ModelSpec()


def test_fields_of_other_releases_are_kept_and_can_be_told() -> None:
    spec = model("name: x\nconfig: {a: 1}\nrun: {ppl: a.b, modules: [m]}\n")
    assert spec.unknown == ("config", "run.ppl")
    assert dataset("handler: a:b\nprocess: c:d\nattr: {data_mime: x}\n").unknown == (
        "process",
        "attr.data_mime",
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name: a b\n", "line 1: name: model name 'a b' has ' ' at position 2"),
        ("name: ../x\n", "line 1: name: model name '../x' has '/' at position 3"),
        ("name: 12\n", "line 1: name must be the name of the model, as text, not 12"),
        ("name: no\n", "line 1: name must be the name of the model, as text, not false"),
        ("desc: [a]\n", "line 1: desc must be text, not a list"),
        ("version: {a: 1}\n", "line 1: version must be text such as '1.0', not a mapping"),
        ("name: x\nrun: a.b\n", "line 2: run must be the fields modules, handler and envs, not 'a.b'"),
        (
            "run:\n  modules: a.b\n",
            "line 2: run.modules must be a list of modules such as 'src.evaluate', not 'a.b'",
        ),
        (
            "run:\n  modules:\n    - ok\n    - 7\n",
            "line 4: run.modules[1] must be a list of modules such as 'src.evaluate', not 7",
        ),
        ("run:\n  modules: [../x]\n", "line 2: run.modules[0]: '../x' is not a module"),
        ("run:\n  modules: ['a.b:']\n", "line 2: run.modules[0]: 'a.b:' is not a module"),
        ("run:\n  handler: a\n", "line 2: run.handler: 'a' is not 'module:name'"),
        ("run:\n  envs: [A]\n", "line 2: run.envs[0]: 'A' is not 'NAME=value'"),
        ("run:\n  envs: ['1A=b']\n", "line 2: run.envs[0]: '1A=b' is not 'NAME=value'"),
        (
            "run:\n  envs: {A: b}\n",
            "line 2: run.envs must be a list of texts of the form 'NAME=value', not a mapping",
        ),
        ("- name: x\n", "line 1: the file must be fields and their values, not a list"),
        ("nmae: x\n", "line 1: there is no field nmae"),
        ("name: x\nrun:\n  moduls: [a]\n", "line 3: there is no field run.moduls"),
    ],
)
def test_a_wrong_model_yaml_is_one_sentence(content: str, sentence: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        model(content)
    assert caught.value.message == f"model.yaml, {sentence}"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name: x\n", "line 1: handler is missing, it must be text of the form 'module:name'"),
        ("handler:\n", "line 1: handler is missing, it must be text of the form 'module:name'"),
        ("handler: rows\n", "line 1: handler: 'rows' is not 'module:name'"),
        ("handler: [a]\n", "line 1: handler must be text of the form 'module:name', not a list"),
        (
            "handler: a:b\nattr: {volume_size: big}\n",
            "line 2: attr.volume_size: 'big' is not a size",
        ),
        (
            "handler: a:b\nattr:\n  volume_size: 0\n",
            "line 3: attr.volume_size must be a number of bytes, or a size such as '64M', not 0",
        ),
        (
            "handler: a:b\nattr: {alignment_size: true}\n",
            "line 2: attr.alignment_size must be a number of bytes, or a size such as '4k', not true",
        ),
        ("handler: a:b\npkg_data: x\n", "line 2: pkg_data must be a list of file patterns, not 'x'"),
        ("handlers: a:b\n", "line 1: handler is missing, it must be text of the form 'module:name'"),
        (
            "handler: a:b\nproject_uri: 7\n",
            "line 2: project_uri must be the address of a project, as text, not 7",
        ),
    ],
)
def test_a_wrong_dataset_yaml_is_one_sentence(content: str, sentence: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        dataset(content)
    assert caught.value.message == f"dataset.yaml, {sentence}"


def test_a_size_beyond_all_numbers_is_one_sentence() -> None:
    with pytest.raises(InvalidSpec, match=r"attr\.volume_size"):
        dataset(f"handler: a:b\nattr: {{volume_size: {'9' * 400}M}}\n")


def test_a_slip_of_the_pen_is_corrected() -> None:
    with pytest.raises(InvalidSpec) as caught:
        dataset("handler: a:b\nattr: {volume_sise: 1}\n")
    assert caught.value.hint == "did you mean 'volume_size'?"


def test_of_several_wrong_fields_the_first_is_told_and_the_others_named() -> None:
    with pytest.raises(InvalidSpec) as caught:
        model("run:\n  envs: [A]\n  modules: 3\nname: 7\n")
    assert caught.value.message.startswith("model.yaml, line 2: run.envs[0]")
    assert caught.value.hint == "also wrong: run.modules, name"


def test_a_check_of_our_own_brings_its_hint_along() -> None:
    with pytest.raises(InvalidSpec) as caught:
        model("name: a b\ndesc: 7\n")
    allowed = "allowed are letters, digits, '_', '.' and '-'"
    assert caught.value.hint == f"{allowed}; also wrong: desc"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    *(DatasetSpec.model_fields | ModelSpec.model_fields),
    *(DatasetAttr.model_fields | RunSpec.model_fields),
]
files = st.dictionaries(
    st.sampled_from(FIELDS) | st.text(max_size=5),
    values | st.dictionaries(st.sampled_from(FIELDS), values),
)


@pytest.mark.parametrize("kind", [ModelSpec, DatasetSpec])
@given(data=files | values)
def test_any_value_is_a_spec_or_one_sentence(kind: type[Spec], data: Any) -> None:
    try:
        result: Spec | InvalidSpec = spec_of(kind, Document(origin="x.yaml", data=data))
    except InvalidSpec as exc:
        result = exc
    if isinstance(result, InvalidSpec):
        assert result.message.startswith("x.yaml: ")
        assert "\n" not in str(result)


def test_a_spec_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        model("name: x\n").name = "y"
