"""Live tables: rows upserted by many writers, durable when acknowledged, read while they grow."""
