"""The cases, one module an operation."""
