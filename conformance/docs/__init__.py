"""The documentation: its pages, and what generates its reference. Left out of the wheel."""
