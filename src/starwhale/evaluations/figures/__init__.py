"""Figures of evaluations as data, as SVG and PNG, and as text."""
