"""Datasets: versioned rows of features, built, opened, read and changed."""
