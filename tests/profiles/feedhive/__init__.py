"""Tests of the FeedHive profile."""
