"""Reproducers: files that show one broken promise again, on their own, on another day."""
