"""From the user's values to a finished audit, for notebooks, scripts and the command line."""
