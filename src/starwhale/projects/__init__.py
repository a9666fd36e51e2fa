"""Projects: who keeps what where."""
