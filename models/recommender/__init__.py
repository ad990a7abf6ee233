"""Next orders and therapies for a patient: learned items, guideline gaps, and a verdict on each."""
