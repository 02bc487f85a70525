"""The gate: rules, and whether a run meets them; docs/gate.md says how that is judged."""
