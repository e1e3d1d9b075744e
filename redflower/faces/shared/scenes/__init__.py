"""What the platform's own scene pages and partners' widgets share: reading a person's place in a campaign, and acting in it."""
