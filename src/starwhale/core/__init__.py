"""Values and rules without I/O: what everything above speaks in."""
