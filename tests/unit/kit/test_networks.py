from __future__ import annotations

import pytest

from starwhale.kit.networks import network_of


def test_a_network_of_ipv6_counts_as_one() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:10.0.0.1") == network_of("10.0.0.1") != network_of("10.0.0.2")


@pytest.mark.parametrize("address", ["", "testclient", "10.0.0", "unix:"])
def test_what_is_no_address_counts_for_itself(address: str) -> None:
    assert network_of(address) == address
