"""What the kit talks about: requirements, exchanges, evidence, the run."""
