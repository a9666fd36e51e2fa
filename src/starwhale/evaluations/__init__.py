"""Results of jobs: rows of tables, and one summary row per job in its project."""
