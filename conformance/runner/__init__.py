"""A run from its request to its reports: start the target, run the suite, write reports."""
