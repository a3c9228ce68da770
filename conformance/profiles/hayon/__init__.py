"""Hayon's media upload."""
