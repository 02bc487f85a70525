"""Statistics of audits: intervals, measures, sequential tests, sample sizes (docs/statistics.md)."""
