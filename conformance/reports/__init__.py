"""One module a format; each renders the document and knows nothing of how it came to be."""
