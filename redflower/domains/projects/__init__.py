"""Fundraising projects: what one gives to. Filed, reviewed by a second person, then open between two dates."""
