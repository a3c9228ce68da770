"""A run from its request to its reports: starts the target, runs the suite, publishes."""
