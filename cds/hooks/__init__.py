"""CDS Hooks as data: calls, contexts, prefetch, cards, discovery, feedback and EHR dialects.

A new version of the specification changes this package and no other.
"""
