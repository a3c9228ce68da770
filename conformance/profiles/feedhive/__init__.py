"""FeedHive's media endpoints."""
