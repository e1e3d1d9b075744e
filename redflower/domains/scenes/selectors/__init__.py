"""Reads of scenes."""
