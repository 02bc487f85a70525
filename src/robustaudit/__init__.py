"""Audits of text classifiers against text perturbations."""

__version__ = "0.1.0"
