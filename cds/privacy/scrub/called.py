"""Places by what they are called: the house that heads a page, practices, airports, shops."""

from collections.abc import Iterator
from itertools import chain

from cds.privacy.scrub.codes import lettered
from cds.privacy.scrub.headings import headed
from cds.privacy.scrub.kinds import practices
from cds.privacy.scrub.shops import shops
from cds.privacy.scrub.tokens import Tokens
from cds.privacy.scrub.towns import LOCATION


def mark_called(made: Tokens) -> Iterator[int]:
    """Give the category of places to what is called like one and yield its tokens: nobody is asked again."""
    for first, end in chain(headed(made), practices(made), lettered(made), shops(made)):
        for at in range(first, end):
            if made.taken[at] in {"", "NAME", LOCATION}:
                made.taken[at] = LOCATION
                yield at
