"""Several targets of one settings file: a run for each, in a process of its own, and one end."""
