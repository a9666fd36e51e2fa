"""Where workers are started: one port, one adapter per engine."""
