"""Patients simulated from the knowledge base, what is said of them, and stories that say it."""
