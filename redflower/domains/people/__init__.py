"""Who takes part: people who sign in (users) and people who give (donors, with or without a user)."""
