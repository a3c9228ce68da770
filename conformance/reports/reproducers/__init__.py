"""Reproducers: files that show one broken requirement again, at any later time."""
