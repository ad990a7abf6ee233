"""The outside world, each part behind a small protocol of `adapters.ports`."""
