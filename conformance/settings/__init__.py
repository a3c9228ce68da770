"""Every setting, where its value comes from, and how a run is repeated."""
