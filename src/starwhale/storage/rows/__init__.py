"""Immutable snapshots of keyed rows: layers overlaid by key, and the stage on which the next one grows."""
