from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import InvalidSpec
from starwhale.core.specs.document import Document, parse_document
from starwhale.core.specs.runtime import RuntimeSpec, read_runtime_spec
from starwhale.core.specs.runtime_python import check_python, minor_of, python_of

FULL = """
name: pytorch
mode: conda
api_version: 1.1
configs:
  conda:
    channels: [conda-forge]
    condarc: {show_channel_urls: true}
  docker: {image: registry.example/cuda:12}
  pip:
    index_url: https://one.example/simple
    extra_index_url: https://two.example/simple https://three.example/simple
    trusted_host: [one.example, two.example]
environment:
  os: ubuntu:20.04
  cuda: 11.4
  cudnn: 8
  python: 3.12
  arch: [amd64, arm64]
dependencies:
  - conda.yaml
  - requirements.txt
  - conda: [numpy, requests]
  - pip: [pillow, deepspeed==0.9.0]
  - wheels: [dummy-0.0.0-py3-none-any.whl]
  - files:
      - {dest: bin/prepare.sh, name: prepare, src: scripts/prepare.sh}
  - commands:
      - apt-get install -y libgl1
      - touch /tmp/flag
hooks: {pre: echo 1, post: [echo 2, echo 3]}
"""


def read(text: str) -> RuntimeSpec:
    return read_runtime_spec(parse_document(text, origin="runtime.yaml"))


def test_everything_that_0_6_wrote_is_read() -> None:
    spec = read(FULL)
    assert (spec.name, spec.mode, spec.python, spec.image) == (
        "pytorch",
        "conda",
        "3.12",
        "registry.example/cuda:12",
    )
    assert spec.files == ("conda.yaml", "requirements.txt")
    assert [each.pip for each in spec.dependencies if each.pip] == [("pillow", "deepspeed==0.9.0")]
    assert spec.configs.pip.extra_index_url == ("https://two.example/simple", "https://three.example/simple")
    assert (spec.environment.cuda, spec.environment.cudnn, spec.environment.arch) == (
        "11.4",
        "8",
        ("amd64", "arm64"),
    )
    assert spec.hooks.post == ("echo 2", "echo 3")
    assert spec.dependencies[5].files[0].dest == "bin/prepare.sh"
    assert spec.unknown == ()


def test_what_older_files_say_is_understood() -> None:
    spec = read("name: old\npython_version: '3.11'\npip_req: requirements.txt\ndependencies: {pip: numpy}")
    assert (spec.python, spec.files) == ("3.11", ("requirements.txt",))
    assert spec.dependencies[0].pip == ("numpy",)


def test_an_empty_file_says_nothing() -> None:
    spec = read("dependencies:\nenvironment:\n")
    assert (spec.name, spec.python, spec.dependencies, spec.environment.arch) == ("", "", (), ("noarch",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mode: docker", "line 1: mode must be venv or conda, not 'docker'"),
        ("\nenvironment: {python: 3.8}", "line 2: environment.python: Python 3.8 is older than 3.11"),
        ("environment: {python: 3.10}", "write 3.10 and its like in quotes"),
        ("environment: {python: three}", "'three' is not a version of Python"),
        ("environment: {arch: sparc}", "environment.arch"),
        ("environment: {cuda: new}", "environment.cuda must be a version of CUDA"),
        ("environment: {docker: {image: 'a b'}}", "must be the name of an image"),
        ("dependencies: [{pipp: a}]", "did you mean 'pip'?"),
        ("dependencies: [{files: [{src: a}]}]", "dest is missing"),
        ("dependencies: 3", "dependencies must be a list"),
        ("confgs: {}", "did you mean 'configs'?"),
        ("name: a/b", "name"),
    ],
)
def test_a_wrong_field_is_one_sentence_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        read(text)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@given(st.integers(11, 99), st.one_of(st.none(), st.integers(0, 30)))
def test_pythons_from_3_11_on_are_taken(minor: int, patch: int | None) -> None:
    text = f"3.{minor}" + ("" if patch is None else f".{patch}")
    assert check_python(text) == text
    assert minor_of(text) == f"3.{minor}"
    assert python_of(text)[:2] == (3, minor)


@given(st.integers(0, 10), st.integers(0, 30))
def test_older_ones_are_not(minor: int, patch: int) -> None:
    with pytest.raises(InvalidSpec):
        check_python(f"3.{minor}.{patch}")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*RuntimeSpec.model_fields, "pip"]), inner)
        ),
        max_leaves=8,
    )
)
def test_whatever_is_written_is_read_or_refused(data: object) -> None:
    plain = data if isinstance(data, dict) else {"name": data}
    with suppress(InvalidSpec):
        assert isinstance(read_runtime_spec(Document(origin="x", data=plain)), RuntimeSpec)
