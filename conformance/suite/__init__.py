"""The pytest half of the kit: marks, hooks, fixtures, and the record of each case."""
