from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import UsageError
from starwhale.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_an_empty_environment_gives_places_below_home(tmp_path: Path) -> None:
    settings = Settings.from_env({"HOME": str(tmp_path)})
    assert settings.root == tmp_path / ".local/share/starwhale"
    assert settings.config_path == tmp_path / ".config/starwhale/config.yaml"
    assert settings.catalog_url == f"sqlite:///{tmp_path}/.local/share/starwhale/catalog.sqlite"
    assert settings.objects_url == str(settings.root / "objects")
    assert settings.lease_seconds == 30.0
    assert not any(tmp_path.iterdir())


def test_the_environment_moves_everything(tmp_path: Path) -> None:
    env = {
        "HOME": str(tmp_path),
        "SW_LOCAL_STORAGE": "~/store",
        "SW_CLI_CONFIG": str(tmp_path / "a" / ".." / "my.yaml"),
        "SW_CATALOG_URL": "postgresql+psycopg://localhost/sw",
        "SW_OBJECTS_URL": "s3://bucket/prefix",
        "SW_LEASE_SECONDS": "1",
    }
    settings = Settings.from_env(env)
    assert settings.root == tmp_path / "store"
    assert settings.config_path == tmp_path / "my.yaml"
    assert settings.catalog_url == "postgresql+psycopg://localhost/sw"
    assert settings.objects_url == "s3://bucket/prefix"
    assert settings.lease_seconds == 1.0
    assert settings.tables == tmp_path / "store" / "tables"
    assert settings.run == tmp_path / "store" / "run"
    assert settings.cache == tmp_path / "store" / "cache"


def test_a_relative_place_is_relative_to_where_the_process_began() -> None:
    settings = Settings.from_env({"HOME": "/home/ann", "SW_LOCAL_STORAGE": "store"})
    assert settings.root == Path("store").resolve()
    assert settings.root.is_absolute()


@pytest.mark.parametrize("empty", ["SW_LOCAL_STORAGE", "SW_CLI_CONFIG", "SW_CATALOG_URL", "SW_LEASE_SECONDS"])
def test_an_empty_variable_counts_as_absent(empty: str, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert Settings.from_env({**home, empty: ""}) == Settings.from_env(home)


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "nan", "inf", "1e9"])
def test_a_lease_that_is_no_duration_is_refused(seconds: str) -> None:
    with pytest.raises(UsageError, match="SW_LEASE_SECONDS"):
        Settings.from_env({"SW_LEASE_SECONDS": seconds})


@given(
    st.fixed_dictionaries(
        {"HOME": st.just("/home/ann")},
        optional={
            "SW_LOCAL_STORAGE": st.sampled_from(["/data", "~", "~/x", "rel"]),
            "SW_CATALOG_URL": st.just("postgresql+psycopg://h/db"),
            "SW_OBJECTS_URL": st.just("s3://bucket"),
            "SW_LEASE_SECONDS": st.floats(0.01, 1000).map(repr),
        },
    )
)
def test_another_process_reads_the_same_settings(env: Mapping[str, str]) -> None:
    settings = Settings.from_env(env)
    assert Settings.from_env(settings.to_env()) == settings


def test_a_store_can_lie_wholly_in_one_directory(tmp_path: Path) -> None:
    settings = Settings.at(tmp_path)
    places = (settings.config_path, settings.tables, settings.run, settings.cache, Path(settings.objects_url))
    assert all(place.is_relative_to(tmp_path) for place in places)
    assert Settings.from_env(settings.to_env()) == settings
