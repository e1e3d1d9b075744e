"""Scenes: the places where people already are. Partner apps, their keys, campaigns of deeds with their caps and sponsors' pools, and the deeds they report."""
