"""What is taken where the user says nothing, in options and in Python alike."""

RATE = 0.3
"""The share of a text's words that an attack edits."""

TRIALS = 100
"""Trials for each model and attack."""

SEED = 0
"""All draws come from it."""

BATCH_SIZE = 64
"""Texts that a model is asked at once."""

LOAD_LIMIT = 1_800.0
"""Seconds that a model may take to be loaded, on the command line."""

SEGMENTATION = "characters"
"""What a word is where no blanks part them."""
