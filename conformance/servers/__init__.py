"""Reference servers and their object store, written from the documents, not from the kit."""
