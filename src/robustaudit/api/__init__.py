"""From what a user gives to a finished audit: for notebooks, scripts, and the command line."""
