"""The APIs under test: one package each, which alone knows that API's words."""
