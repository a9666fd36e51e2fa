"""What a model is, asked of a live object of a framework that the program has imported."""
