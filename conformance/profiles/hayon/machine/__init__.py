"""The state machine of Hayon: sequences of uploads, refusals and posts, compared with a model."""
