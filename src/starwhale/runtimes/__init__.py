"""Runtimes: environments that are described, locked, versioned and made again elsewhere."""
