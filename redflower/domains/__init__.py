"""The rooms, in river order: a room uses only rooms whose facts exist earlier."""
