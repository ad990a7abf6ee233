"""The playground: a small EHR in the browser, for demonstrations.

Read in this order: `routes` (the addresses), `kit` (what it is given), `firing` (a hook fired at services).
"""
