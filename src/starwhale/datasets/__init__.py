"""Datasets: build, open, read, change."""
