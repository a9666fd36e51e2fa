"""What a model is, read from its files: nothing is imported, run or unpickled for it."""
