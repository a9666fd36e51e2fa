"""Ways out of a dataset: each module writes rows in one format."""
