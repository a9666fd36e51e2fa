"""Ways into a dataset: each module reads one kind of source into rows."""
