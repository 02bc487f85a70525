"""Training: presets, the loop, and what it leaves in `trained_models/`."""
