"""The Hayon reference server."""
