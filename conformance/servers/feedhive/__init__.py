"""The FeedHive reference server."""
