"""Ports of services: the declared one as long as it is free, and never one for two."""

from __future__ import annotations

import socket

import pytest

from starwhale.jobs.service_ports import PREFIX, Ports, port_of


def test_the_declared_port_goes_to_the_first_and_others_get_their_own() -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    ports, name = Ports(), f"{PREFIX}{port}"
    with ports.own([port, port]) as one, ports.own([port]) as another, ports.own([port]) as third:
        assert one == {name: str(port)}
        assert len({one[name], another[name], third[name]}) == 3
    with ports.own([port]) as again:
        assert again == one


def test_a_port_that_another_program_has_is_not_given_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        with Ports().own([port]) as told:
            assert told[f"{PREFIX}{port}"] != str(port)


@pytest.mark.parametrize(
    ("told", "found"), [("9000", 9000), ("", 8000), ("x", 8000), ("0", 8000), ("70000", 8000), ("-1", 8000)]
)
def test_a_worker_is_told_by_a_variable(told: str, found: int) -> None:
    assert port_of(8000, {f"{PREFIX}8000": told}) == found
    assert port_of(8000, {}) == 8000
