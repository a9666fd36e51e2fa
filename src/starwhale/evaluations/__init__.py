"""Results of jobs: tables, summaries, metrics."""
