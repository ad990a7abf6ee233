"""A simulator of orders with known violations, and of orders that nothing is wrong with.

Its cases are written from label text and guidelines, one source a row, and know nothing of the rule tables:
where the two disagree, one of them is wrong.
"""
