"""The state machine of FeedHive: sequences of intentions, compared with a model after each step."""
