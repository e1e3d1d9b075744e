"""Where people write down dreams, and give flowers to those of others."""
