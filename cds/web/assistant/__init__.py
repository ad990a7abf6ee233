"""The diagnosis assistant of the demo: a story in, a list to consider with reasons, the next question out."""
