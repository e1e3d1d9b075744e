"""Dreams as people meet them: calls, proposals, rounds, letters."""
