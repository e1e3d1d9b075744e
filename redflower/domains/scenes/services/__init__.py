"""Writes of scenes: partners and keys, campaigns, items, what is decided about deeds, teams and goals, webhooks."""
