"""Views: ask selectors, render."""
