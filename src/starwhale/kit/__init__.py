"""Time, files, words, processes: small tools that know nothing of Starwhale."""
