"""Gifts: what a donor means to give to a project, and how they wish to be shown. A gift shares its id with its order;
it is settled when the order has a capture.
"""
