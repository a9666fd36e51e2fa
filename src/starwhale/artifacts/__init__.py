"""What every package shares: versions, tags, trash, garbage collection."""
