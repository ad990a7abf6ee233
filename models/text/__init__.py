"""Clinical text understood in milliseconds, offline: sections, entities, what is said of them, codes."""
