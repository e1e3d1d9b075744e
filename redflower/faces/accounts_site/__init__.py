"""Signing in by one-time code or passkey."""
