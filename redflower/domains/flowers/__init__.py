"""Flowers: how they are earned, once per person, deed and day. They move in the ledger and never become money."""
