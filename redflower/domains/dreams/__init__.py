"""Dreams: what people wish to see happen. Calls, proposals, screening, rounds with a reserved grant behind each dream, ballots of flowers, staged feedback."""
