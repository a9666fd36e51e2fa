"""Old import paths of user code."""
