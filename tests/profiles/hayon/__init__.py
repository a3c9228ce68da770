"""Hayon's own nouns."""
