"""The catalog as a database: transactions, failures, start."""

from __future__ import annotations

from sqlalchemy import text


def test_it_is_our_own_server_that_answers(catalog, database, request) -> None:
    with catalog.read() as session:
        if database == "sqlite":
            assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        else:
            server = request.getfixturevalue("postgres_server")
            assert session.scalar(text("SHOW data_directory")) == str(server.data)
