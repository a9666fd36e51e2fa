"""What `swcli model run` is told of steps."""

from __future__ import annotations

import pytest

from starwhale.cli.handlers import overrides_of
from starwhale.core.errors import InvalidSpec, NotFound, StarwhaleError, UsageError
from starwhale.core.handlers import HandlerSpec

SPECS = {
    each.id: each
    for each in (
        HandlerSpec(id="m:predict", module="m", qualname="predict"),
        HandlerSpec(id="m:evaluate", module="m", qualname="evaluate", needs=("m:predict",)),
    )
}
GB = 1 << 30


def both(amount: float) -> dict[str, float]:
    return {"request": amount, "limit": amount}


def test_steps_are_named_as_handlers_are() -> None:
    found = overrides_of(
        SPECS,
        {"evaluate": 0},
        replicas=["predict=4"],
        resources=["m:predict:memory=2Gi,cpu=1.5", "evaluate:gpu=1", "predict: gpu = 2"],
    )
    assert found == {
        "m:predict": {
            "replicas": 4,
            "resources": {"memory": both(2 * GB), "cpu": both(1.5), "nvidia.com/gpu": both(2)},
        },
        "m:evaluate": {"resources": {"nvidia.com/gpu": both(1)}},
    }


def test_what_is_said_of_a_step_counts_more_than_of_the_chosen_one() -> None:
    assert overrides_of(SPECS, {"predict": 2}) == {"m:predict": {"replicas": 2}}
    assert overrides_of(SPECS, {"predict": 2}, replicas=["predict=3"]) == {"m:predict": {"replicas": 3}}
    assert overrides_of(SPECS, {"": 0}) == {}


@pytest.mark.parametrize(
    ("replicas", "resources", "kind", "told"),
    [
        ("predict", "", UsageError, "--step-replicas: 'predict' is not STEP=N"),
        ("=4", "", UsageError, "--step-replicas: '=4' is not STEP=N"),
        ("predict=many", "", UsageError, "--step-replicas: 'predict=many' is not STEP=N"),
        ("train=4", "", NotFound, "no handler 'train'"),
        ("", "memory=2Gi", UsageError, "--step-resources: 'memory=2Gi' is not STEP:NAME=AMOUNT,..."),
        ("", "predict:", UsageError, "--step-resources: 'predict:' is not STEP:NAME=AMOUNT,..."),
        ("", "predict:cpu=1,", UsageError, "is not STEP:NAME=AMOUNT,..."),
        ("", "predict:disk=1", InvalidSpec, "--step-resources of 'predict': there is no resource 'disk'"),
        ("", "predict:gpu=0.5", InvalidSpec, "--step-resources of 'predict': resource 'nvidia.com/gpu' is"),
        ("", "predict:cpu=-1", InvalidSpec, "--step-resources of 'predict': resource 'cpu' is -1"),
        ("", "predict:memory=2Qi", InvalidSpec, "--step-resources of 'predict': '2Qi' is not a size"),
        ("", "train:cpu=1", NotFound, "no handler 'train'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    replicas: str, resources: str, kind: type[StarwhaleError], told: str
) -> None:
    with pytest.raises(kind) as caught:
        overrides_of(
            SPECS,
            {},
            replicas=[replicas] if replicas else [],
            resources=[resources] if resources else [],
        )
    assert told in caught.value.message
