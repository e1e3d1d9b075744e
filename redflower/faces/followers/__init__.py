"""When X then Y: everything that reacts to events, in one place."""
