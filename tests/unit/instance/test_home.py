"""Where `local` is, as the environment says."""

from __future__ import annotations

import pytest

from starwhale.core.addresses import Defaults, parse_project
from starwhale.core.config import Config
from starwhale.core.errors import InvalidUri
from starwhale.instance.home import Home, at_home, defaults_at_home, home_of

THERE = Home(url="http://sw.example.com:8082", token="sw_secret", project="vision")


def test_a_home_is_read_as_it_was_written() -> None:
    assert home_of(THERE.to_env()) == THERE
    assert "secret" not in repr(THERE)


@pytest.mark.parametrize("missing", [*THERE.to_env()])
def test_without_one_of_the_three_it_is_this_machine(missing: str) -> None:
    environ = {**THERE.to_env(), missing: ""}
    assert home_of(environ) is None
    assert at_home(Config(), environ) == Config()


def test_the_word_of_06_for_this_machine_means_this_machine() -> None:
    assert home_of({**THERE.to_env(), "SW_INSTANCE_URI": "local"}) is None
    with pytest.raises(InvalidUri):
        home_of({**THERE.to_env(), "SW_INSTANCE_URI": "http://user:pass@host"})


def test_addresses_leave_out_the_server_and_its_project(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in THERE.to_env().items():
        monkeypatch.setenv(name, value)
    known = defaults_at_home(Defaults())
    assert known == at_home(Config(), THERE.to_env()).defaults()
    for text in ("", "vision", "local/project/vision", "http://sw.example.com:8082/project/vision"):
        assert str(parse_project(text, known)) == "local/project/vision"
    elsewhere = Defaults(instance="team", project="x", aliases={"team": "http://other"})
    assert defaults_at_home(elsewhere).project == "x"
