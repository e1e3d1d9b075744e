"""The drawing room behind ``pictures``: palettes, grounds, plants and one drawing per motif."""
