"""Keys of signed addresses: every server of a catalog has them, and none lasts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from starwhale.accounts.keys import COUNTS, SIGNS, KeyService
from starwhale.catalog.engine import Catalog
from starwhale.catalog.tables.doorways import SigningKeyRow
from starwhale.core.errors import Forbidden
from starwhale.kit.times import utc_now
from starwhale.server.signing import LASTS, Signer


def keys_in(catalog: Catalog) -> int:
    with catalog.read() as session:
        return session.scalar(select(func.count()).select_from(SigningKeyRow)) or 0


def let_pass(catalog: Catalog, time: timedelta) -> None:
    with catalog.begin() as session:
        for row in session.scalars(select(SigningKeyRow)).all():
            moved = {"signs_until": row.signs_until - time, "expires_at": row.expires_at - time}
            session.execute(update(SigningKeyRow).where(SigningKeyRow.id == row.id).values(**moved))


def test_what_one_server_has_signed_every_other_reads(catalog: Catalog) -> None:
    servers = [Signer(KeyService(catalog), "media") for _ in range(3)]
    for signer in servers:
        word = signer.sign(["facts"])
        assert [each.read(word) for each in servers] == [["facts"]] * 3
    assert keys_in(catalog) == 1


def test_servers_that_start_at_once_read_each_other(catalog: Catalog) -> None:
    servers = [Signer(KeyService(catalog), "media") for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        words = list(pool.map(lambda signer: signer.sign([1]), servers))
    assert all(signer.read(word) == [1] for signer in servers for word in words)


def test_a_key_signs_for_a_while_and_counts_for_a_while_longer(catalog: Catalog) -> None:
    assert timedelta(seconds=LASTS + 60) < COUNTS
    word = Signer(KeyService(catalog), "media").sign([1])
    let_pass(catalog, SIGNS + timedelta(seconds=1))
    newer = Signer(KeyService(catalog), "media").sign([1])
    assert newer.partition(".")[0] != word.partition(".")[0]
    assert Signer(KeyService(catalog), "media").read(word) == [1]
    let_pass(catalog, COUNTS)
    with pytest.raises(Forbidden, match="not made here"):
        Signer(KeyService(catalog), "media").read(word)
    assert Signer(KeyService(catalog), "media").read(newer) == [1]


def test_keys_that_count_no_more_are_deleted(catalog: Catalog) -> None:
    for _ in range(4):
        KeyService(catalog).current()
        let_pass(catalog, SIGNS + COUNTS + timedelta(seconds=1))
    KeyService(catalog).current()
    assert keys_in(catalog) == 1


def test_a_server_that_runs_on_takes_a_new_key_in_time(catalog: Catalog) -> None:
    signer = Signer(KeyService(catalog), "media")
    first = signer.sign([1])
    assert signer.sign([1]).partition(".")[0] == first.partition(".")[0]
    object.__setattr__(signer._present, "signs_until", utc_now())  # as if the hour were over
    let_pass(catalog, SIGNS)
    assert signer.sign([1]).partition(".")[0] != first.partition(".")[0]
    assert signer.read(first) == [1]
