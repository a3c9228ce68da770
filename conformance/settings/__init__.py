"""The settings: where each value comes from, and how a run is repeated."""
