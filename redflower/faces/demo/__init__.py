"""The demo world and its inbox."""
