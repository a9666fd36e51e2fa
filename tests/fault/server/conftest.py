"""The server that is attacked: the real application over a real store."""

from __future__ import annotations

from tests.slice.server.browse.conftest import ada, make_dataset, make_files
from tests.slice.server.conftest import admin, client_of, server_app, server_settings, services

__all__ = [
    "ada",
    "admin",
    "client_of",
    "make_dataset",
    "make_files",
    "server_app",
    "server_settings",
    "services",
]
