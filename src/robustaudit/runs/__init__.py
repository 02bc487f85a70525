"""Runs: plan, units of work, executor, store, result, and finished runs read back."""
