"""Faults of FeedHive: each breaks one promise, to show that the kit catches it."""
