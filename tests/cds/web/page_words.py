"""What a page says to whoever reads it."""

import re
from html import unescape


def words(html: str) -> str:
    """Return the words of a page without its tags, one space apart."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).replace("\u2060", "").split())
