"""The JSON API for everybody."""
