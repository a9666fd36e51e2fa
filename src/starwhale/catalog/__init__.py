"""SQL: engine, session, tables, migrations, outbox."""
