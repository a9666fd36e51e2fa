"""The remote twins of the services: the same calls, over HTTP."""
