"""One writer a format; each knows the nouns of a run and nothing of how it was made."""
