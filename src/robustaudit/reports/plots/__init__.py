"""Plots as PNG and SVG files and as figures of matplotlib; the same data give the same files."""
