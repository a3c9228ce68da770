"""Benchmarks of the kit: ratios within one run, on the reference servers."""
