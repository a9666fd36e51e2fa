"""Which instance an address means, and everything that can be done there."""
