from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import InvalidSpec
from starwhale.core.specs.overrides import StepOverride, parse_overrides, read_overrides

if TYPE_CHECKING:
    from pathlib import Path

    from starwhale.core.resources import Resources

STEPS = ("m:predict", "m:evaluate")
CPU: Resources = {"cpu": {"request": 2, "limit": 2}}
# One step as `jobs.yaml` of a package of release 0.6 has it.
OLD_STEP = """\
- arguments: {}
  backoffLimit: null
  cls_name: ''
  concurrency: 1
  container_spec: null
  env: [{name: A, value: b}]
  expose: 0
  ext_cmd_args: ''
  extra_args: []
  extra_kwargs: {}
  fine_tune: null
  func_name: predict
  job_name: m:predict
  module_name: m
  name: m:predict
  needs: []
  parameters_sig: []
  replicas: 3
  require_dataset: true
  resources: [{type: cpu, request: 2, limit: 2}, {type: memory, request: 1Gi, limit: null}]
  service_spec: null
  show_name: predict
  virtual: false
"""


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, {}),
        ([], {}),
        ({"m:predict": {"replicas": 2}}, {"m:predict": StepOverride(replicas=2)}),
        ({"m:predict": {"resources": {"cpu": 2}}}, {"m:predict": StepOverride(resources=CPU)}),
        ({"m:predict": {"resources": CPU}}, {"m:predict": StepOverride(resources=CPU)}),
        ({"m:predict": {}}, {"m:predict": StepOverride()}),
        ({"m:predict": {"replicas": None}}, {"m:predict": StepOverride()}),
    ],
)
def test_replicas_and_resources_can_be_changed(data: Any, expected: dict[str, StepOverride]) -> None:
    assert parse_overrides(data, STEPS) == expected


@pytest.mark.parametrize(
    "content", [OLD_STEP, "m:evaluate:\n" + OLD_STEP.replace("\n", "\n  ").join(["  ", ""])]
)
def test_steps_of_an_older_release_are_read(content: str, tmp_path: Path) -> None:
    (tmp_path / "steps.yaml").write_text(content)
    found = read_overrides(tmp_path / "steps.yaml", STEPS)
    assert list(found) == ["m:predict"]
    assert found["m:predict"].replicas == 3
    assert found["m:predict"].resources == {**CPU, "memory": {"request": 1 << 30}}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"m:predic": {}}, "the job has no step 'm:predic' (did you mean 'm:predict'?)"),
        ({"zzz": {}}, "the job has no step 'zzz' (the steps are m:predict, m:evaluate)"),
        ({7: {}}, "the job has no step '7' (the steps are m:predict, m:evaluate)"),
        ({"m:predict": 3}, "m:predict must be fields and their values, not 3"),
        ({"m:predict": {"replicas": 0}}, "m:predict.replicas must be a whole number from 1 to 10000, not 0"),
        (
            {"m:predict": {"replicas": "2"}},
            "m:predict.replicas must be a whole number from 1 to 10000, not '2'",
        ),
        (
            {"m:predict": {"replicas": True}},
            "m:predict.replicas must be a whole number from 1 to 10000, not true",
        ),
        ({"m:predict": {"replica": 2}}, "there is no field m:predict.replica (did you mean 'replicas'?)"),
        (
            {"m:predict": {"resources": 3}},
            "m:predict.resources must be amounts such as {cpu: 2, memory: 1Gi}, not 3",
        ),
        (
            {"m:predict": {"resources": {"disk": 1}}},
            "m:predict.resources: there is no resource 'disk' (known are cpu, memory and nvidia.com/gpu)",
        ),
        (
            {"m:predict": {"resources": [{"request": 1}]}},
            "m:predict.resources: a resource of a list needs a type, such as {type: cpu, request: 1}",
        ),
        ([{"replicas": 2}], "a step of a list needs a name"),
        ([7], "a step of a list needs a name"),
        (7, "steps must be a mapping or a list"),
        ({"m:predict": [], "m:evaluate": {}}, "steps must be a mapping or a list"),
    ],
)
def test_a_wrong_override_is_one_sentence(data: Any, sentence: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        parse_overrides(data, STEPS)
    assert str(caught.value) == f"overwrite_specs: {sentence}"


def test_a_file_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "steps.yaml"
    path.write_text("m:predict:\n  replicas: 2\nm:evaluate:\n  replicas: many\n")
    with pytest.raises(InvalidSpec, match=r"steps\.yaml, line 4: m:evaluate\.replicas must be"):
        read_overrides(path, STEPS)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "type", "cpu", "memory", "request", "limit", "x"]), inner)
    ),
    max_leaves=8,
)
steps = st.fixed_dictionaries(
    {}, optional={"replicas": values, "resources": values, "name": st.just(STEPS[0])}
)


@given(values | st.dictionaries(st.sampled_from([*STEPS, "x"]), steps | values) | st.lists(steps | values))
def test_any_value_is_overrides_or_one_sentence(data: Any) -> None:
    try:
        found = parse_overrides(data, STEPS)
    except InvalidSpec as exc:
        found = exc
    if isinstance(found, InvalidSpec):
        assert "\n" not in str(found)
    else:
        assert set(found) <= set(STEPS)
