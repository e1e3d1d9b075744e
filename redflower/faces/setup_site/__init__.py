"""The first steps of an empty instance."""
