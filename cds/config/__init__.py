"""The versioned configuration: one validated document, kept as immutable revisions."""
