"""Measurements against the last release of the old Starwhale and against Hugging Face `datasets`."""
