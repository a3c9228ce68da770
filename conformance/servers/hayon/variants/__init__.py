"""Variants of Hayon: correct servers that choose otherwise where the documents allow it."""
