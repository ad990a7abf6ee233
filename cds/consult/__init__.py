"""Consulting the model `differential`: what a person asks, how its answer is said on page and terminal."""
