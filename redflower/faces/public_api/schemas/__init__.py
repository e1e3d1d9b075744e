"""The shapes of what the API takes and gives, a file per room."""
