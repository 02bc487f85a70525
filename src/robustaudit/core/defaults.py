"""Default values, for options and for Python alike."""

RATE = 0.3
"""Share of the words that an attack edits."""

TRIALS = 100
"""Trials per model and attack, where they are not chosen by the speed of the models."""

SEED = 0
"""Seed of all draws."""

BATCH_SIZE = 64
"""Texts per call of `predict`."""

LOAD_LIMIT = 1_800.0
"""Seconds that loading a model may take, on the command line."""

SEGMENTATION = "characters"
"""Word segmentation in scripts written without spaces."""
