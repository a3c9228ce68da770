"""The storage gate: it stands between a server and its store, and sees what the storage sees."""
