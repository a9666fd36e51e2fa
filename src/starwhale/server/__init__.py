"""The server: the services behind HTTP, with accounts and roles."""
