"""A person's flowers: how many, where from, where they went, and the letters that came back."""
