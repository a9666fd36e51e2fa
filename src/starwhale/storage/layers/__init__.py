"""Keyed layers: immutable columnar files of rows sorted by key, and the values their cells hold."""
