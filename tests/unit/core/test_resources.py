from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import InvalidSpec
from starwhale.core.resources import normalise, parse_size


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({}, {}),
        (None, {}),
        ({"cpu": 1.5}, {"cpu": {"request": 1.5, "limit": 1.5}}),
        ({"cpu": {"request": 1}}, {"cpu": {"request": 1}}),
        ({"nvidia.com/gpu": 2}, {"nvidia.com/gpu": {"request": 2, "limit": 2}}),
        ({"memory": "200MiB"}, {"memory": {"request": 200 << 20, "limit": 200 << 20}}),
        ({"mem": 7}, {"memory": {"request": 7, "limit": 7}}),
        ({"memory": {"request": "1Gi", "limit": "2Gi"}}, {"memory": {"request": 1 << 30, "limit": 2 << 30}}),
    ],
)
def test_every_way_to_write_resources_has_one_meaning(written: Any, meant: Any) -> None:
    assert normalise(written) == meant


@pytest.mark.parametrize(
    "wrong",
    [
        {"disk": 1},
        {"cpu": -1},
        {"cpu": True},
        {"cpu": "1"},
        {"cpu": float("nan")},
        {"nvidia.com/gpu": 0.5},
        {"memory": "much"},
        {"memory": {}},
        {"cpu": {"request": 1, "max": 2}},
        {"cpu": {"request": 2, "limit": 1}},
    ],
)
def test_what_is_no_amount_of_a_resource_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec):
        normalise(wrong)


def test_the_users_own_dict_stays_as_it_is() -> None:
    written = {"memory": "1k"}
    normalise(written)
    assert written == {"memory": "1k"}


@given(
    st.integers(0, 10**6),
    st.sampled_from("kMGTPE"),
    st.sampled_from(["", "i"]),
    st.sampled_from(["", "B", "b"]),
)
def test_sizes_are_powers_of_1000_or_with_an_i_of_1024(
    number: int, unit: str, binary: str, byte: str
) -> None:
    power = "kMGTPE".index(unit) + 1
    assert parse_size(f" {number} {unit}{binary}{byte}") == number * (1024 if binary else 1000) ** power


@given(st.integers(0, 10**6), st.integers(0, 999))
def test_a_part_of_a_unit_counts(number: int, thousandths: int) -> None:
    assert parse_size(f"{number}.{thousandths:03}k") == number * 1000 + thousandths


@given(st.integers(0, 10**18))
def test_a_bare_number_is_bytes(number: int) -> None:
    assert parse_size(str(number)) == number
