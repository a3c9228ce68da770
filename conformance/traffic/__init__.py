"""Other people's traffic: a proxy that watches it, a reader of recordings, and its assessor."""
