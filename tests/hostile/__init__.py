"""A target that misbehaves in many named ways, and what a run against each of them costs."""
