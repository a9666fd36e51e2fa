"""What is collected of a run without its code saying so."""
