"""The tests of tests/slice/server/accounts/test_once.py, on PostgreSQL and S3."""

from __future__ import annotations

from tests.slice.server.accounts.test_once import *  # noqa: F403
