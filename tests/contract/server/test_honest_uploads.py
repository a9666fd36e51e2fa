"""The tests of tests/slice/server/browse/test_honest_uploads.py, on PostgreSQL and S3."""

from __future__ import annotations

from tests.slice.server.browse.test_honest_uploads import *  # noqa: F403
