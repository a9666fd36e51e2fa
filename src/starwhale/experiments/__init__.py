"""Experiments: runs of training code, and the metrics, parameters and files they leave behind."""
