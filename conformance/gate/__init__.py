"""The storage gate, a proxy between a server and its store: it sees what the storage sees."""
