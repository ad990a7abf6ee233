"""Published clinical scores: definitions as data, formulas as functions, one engine for all."""
