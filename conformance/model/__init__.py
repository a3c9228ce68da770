"""The nouns of the kit: requirements, exchanges, evidence, the run."""
