"""Time, hashing, files and processes; knows nothing of Starwhale."""
