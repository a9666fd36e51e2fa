"""Models: scan, build, open."""
