"""Who calls: registered clients, their tokens, their keys, and where their data may be read."""
