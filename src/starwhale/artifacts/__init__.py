"""What every package shares: versions, tags, trash, lineage, collection of garbage."""
