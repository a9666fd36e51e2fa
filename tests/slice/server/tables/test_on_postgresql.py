"""Tables of a server whose catalog is PostgreSQL: the same tests as on SQLite, those that ask the catalog."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.postgres import PostgresServer
from tests.slice.server.tables import test_comparison as comparison
from tests.slice.server.tables import test_documents as documents
from tests.slice.server.tables import test_remote_results as remotes
from tests.slice.server.tables import test_tables as tables

from starwhale.core.settings import Settings
from starwhale.server.settings import ServerSettings

filled, three, line, remote = tables.filled, comparison.three, remotes.line, remotes.remote
test_listing = tables.test_tables_are_listed_with_their_columns
test_pages = tables.test_pages_follow_each_other_without_gap_or_repetition
test_a_new_project = tables.test_a_new_project_of_the_same_name_sees_nothing_of_the_old
test_differences = comparison.test_only_rows_that_differ_are_shown
test_batches = remotes.test_a_batch_whose_answer_was_lost_counts_once
test_sessions = remotes.test_a_session_belongs_to_whoever_opened_it
test_views = documents.test_one_is_kept_and_changed_by_whoever_has_seen_it
test_links = documents.test_a_report_is_read_by_its_link_and_nothing_else_is


@pytest.fixture
def server_settings(
    postgres_server: PostgresServer, postgres_template: str, tmp_path: Path
) -> Iterator[ServerSettings]:
    """Of a server with an empty catalog in PostgreSQL."""
    url = postgres_server.create(template=postgres_template)
    store = replace(Settings.at(tmp_path / "server"), catalog_url=url)
    yield ServerSettings.model_validate({"store": store})
    postgres_server.drop(url)
