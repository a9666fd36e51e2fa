from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import InvalidSpec
from starwhale.runtimes.indexes import Indexes, of_config, of_environment, without_password

URLS = st.sampled_from([f"https://{name}/simple" for name in "abcd"])
INDEXES = st.builds(
    Indexes,
    default=st.just("") | URLS,
    extra=st.lists(URLS, unique=True, max_size=3).map(tuple),
    links=st.lists(URLS, unique=True, max_size=2).map(tuple),
    trusted=st.lists(st.sampled_from(["a", "b"]), unique=True).map(tuple),
    alone=st.booleans(),
)


@given(INDEXES)
def test_they_read_back(indexes: Indexes) -> None:
    assert Indexes.from_plain(indexes.to_plain()) == indexes
    if not indexes.alone:
        assert of_environment(indexes.to_env({})) == indexes


@given(INDEXES, INDEXES, INDEXES)
def test_the_first_goes_before_and_none_is_lost(one: Indexes, two: Indexes, three: Indexes) -> None:
    assert one.over(Indexes()) == Indexes().over(one) == one
    assert one.over(two).over(three) == one.over(two.over(three))
    both = one.over(two)
    assert both.default == (one.default or two.default)
    assert set(both.extra) == {*one.extra, *two.extra}
    assert both.extra[: len(one.extra)] == one.extra


def test_uv_goes_before_pip_before_the_servers() -> None:
    env = {
        "UV_INDEX": "https://u",
        "PIP_INDEX_URL": "https://p",
        "PIP_EXTRA_INDEX_URL": "https://e https://f",
        "PIP_TRUSTED_HOST": "e",
        "SW_PYPI_INDEX_URL": "https://s",
        "SW_PYPI_EXTRA_INDEX_URL": "https://t",
    }
    found = of_environment(env)
    assert found.default == "https://p"
    assert found.extra == ("https://u", "https://e", "https://f", "https://t")
    assert found.trusted == ("e",)
    assert of_environment({**env, "UV_DEFAULT_INDEX": "https://d"}).default == "https://d"
    assert of_environment({"PIP_NO_INDEX": "1"}).alone


def test_variables_in_addresses_are_filled_in_late() -> None:
    indexes = Indexes(default="https://${USER}:${TOKEN}@host/simple")
    assert indexes.to_env({"USER": "me", "TOKEN": "x"})["UV_DEFAULT_INDEX"] == "https://me:x@host/simple"
    assert indexes.to_env({})["UV_DEFAULT_INDEX"] == indexes.default
    assert "${TOKEN}" in indexes.to_plain()["default"]


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://me:secret@host/simple", "https://host/simple"),
        ("https://token@host/simple", "https://host/simple"),
        ("https://host/a@b", "https://host/a@b"),
        ("https://${A}:${B}@host", "https://${A}:${B}@host"),
    ],
)
def test_passwords_are_left_out(url: str, bare: str) -> None:
    assert without_password(url) == bare
    assert Indexes(default=url).to_lines() == (f"--index-url={bare}",)


def test_config_yaml_is_read() -> None:
    assert of_config(None) == Indexes()
    said = {"index_url": "https://a", "extra_index_url": "https://b https://c", "trusted_host": ["a"]}
    assert of_config(said) == Indexes(default="https://a", extra=("https://b", "https://c"), trusted=("a",))


@pytest.mark.parametrize("section", ["text", [1], {"index_url": 3}, {"trusted_host": [3]}])
def test_a_wrong_config_is_refused(section: object) -> None:
    with pytest.raises(InvalidSpec, match="pypi"):
        of_config(section)
