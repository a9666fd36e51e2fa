from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starwhale.kit.times import utc_now


def test_now_is_aware_and_in_utc() -> None:
    now = utc_now()
    assert now.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - now) < timedelta(minutes=1)
