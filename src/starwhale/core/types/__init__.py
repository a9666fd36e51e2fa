"""Data types of dataset rows."""
