"""Reports: renderings of stored runs, verdicts and trainings; none queries a model."""
