"""The instance a URI means, and the services behind it."""
