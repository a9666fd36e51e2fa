"""The public SDK: thin decorators and handles over the services."""
