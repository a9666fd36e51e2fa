"""Bytes in, bytes out: objects, blobs, keyed layers, tables."""
