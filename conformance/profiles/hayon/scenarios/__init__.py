"""The cases: one module for each operation or topic."""
