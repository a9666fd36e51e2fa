"""The tests of tests/slice/server/browse/test_lineage.py, on PostgreSQL and S3."""

from __future__ import annotations

from tests.slice.server.browse.test_lineage import *  # noqa: F403
