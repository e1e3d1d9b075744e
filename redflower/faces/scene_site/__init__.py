"""Scenes on the platform's own pages, each kind with its page."""
