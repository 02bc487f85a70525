"""What would repair a model: a chain chosen on one half of the examples, candidates judged on the other."""
