"""Variants of FeedHive: correct servers that choose otherwise where the documents allow it."""
