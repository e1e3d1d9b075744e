"""Deeds by the list, on the driver's own connection: who reports, what campaigns allow, what is written."""
