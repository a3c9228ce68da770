"""The judges: they decide whether a server keeps a promise, and word every failure."""
