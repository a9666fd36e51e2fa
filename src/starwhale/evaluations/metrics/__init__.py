"""Figures of merit: pure functions from truths and answers to a `Report`."""
