"""Oracles: small pure functions that compare an answer with what is known of the server."""
