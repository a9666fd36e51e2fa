"""Bridges to frameworks, each imported only where the framework is present."""
