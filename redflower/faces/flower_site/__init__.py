"""Somebody's little red flowers: where they came from, where they went, what they made happen."""
