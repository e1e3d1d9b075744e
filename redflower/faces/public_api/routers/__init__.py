"""The operations, a file per room."""
