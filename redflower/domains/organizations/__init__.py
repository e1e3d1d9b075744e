"""Charities: who may raise money in public, and whether somebody else than the applicant has checked it."""
