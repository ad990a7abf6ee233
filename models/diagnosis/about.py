"""Whom a story is about where a relative or friend tells it: whose illness it is, and whose it is not."""

import re

_SHE = "wife|girlfriend|mother|mum|mom|grandmother|grandma|gran|nan|sister|daughter|aunt|niece|girl"
_HE = "husband|boyfriend|father|dad|grandfather|grandpa|brother|son|uncle|nephew|grandson|boy"
_EITHER = (
    "partner|twin|cousin|baby|flatmate|housemate|friend|neighbour|neighbor|colleague|teacher|caretaker"
    "|roommate|coworker|classmate|caregiver|boss"
)
_OPENING = re.compile(
    r"^\W*+(?:(?:i )?(?:just )?found )?(?:my|our|the)?\s*"
    r"(?:(?:\d{1,3}|years?|months?|weeks?|old|yr|dear|poor|elderly|little|best|eldest|youngest|next|door)"
    rf"[\s-]+){{0,4}}(?:(?P<she>{_SHE})|(?P<he>{_HE})|(?P<either>{_EITHER}))"
    r"(?! of a| said| says| told|['’]s(?! (?:\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve|got|been|had|not|only"
    r"|just|now|very|really|gone|come|hot|crying|pulling|refusing|off)))\b",
    re.IGNORECASE,
)
_TOLD_AGE = re.compile(r",?\s(?:is\s|of\s|aged\s|\()?\d", re.IGNORECASE)
_PRONOUNS = {
    "she": re.compile(r"\b(?:she|her)\b", re.IGNORECASE),
    "he": re.compile(r"\b(?:he|his|him)\b", re.IGNORECASE),
    "either": re.compile(r"\b(?:he|his|him|she|her)\b", re.IGNORECASE),
}
_AGED = re.compile(
    rf"\b(?:my|our)\s(?:\w+\s)?(?P<who>{_SHE}|{_HE}|partner|baby)\b,?\s"
    r"(?:who\sis\s|is\s|aged\s|of\s)?\(?\d{1,3}\b(?!\s(?:weeks|days|hours|times|minutes))",
    re.IGNORECASE,
)
"""Whose age is told is who the story is about: `our daughter (15 months) has ...`."""
_BROUGHT = re.compile(
    rf"\b(?:brings?|brought|rings|calls|phones|asks|worried)\s(?:\w+\s)?(?:about\s)?(?:his|her"
    rf"|their)\s(?:[\w-]+\s){{0,3}}?(?P<who>{_SHE}|{_HE}"
    r"|partner|baby|child|toddler|granddaughter)\b",
    re.IGNORECASE,
)
"""`A father brings his eight-year-old daughter`."""
_OWN = re.compile(r"\bI(?:['’]m|['’]ve| am| have| had| feel| felt| get| woke)\b")
"""Whoever speaks of themselves in these words may be the one who is ill."""


def relative(text: str) -> str:
    """Return whom a whole story is about, as it names them (`My wife is 52. She ...`); empty where nobody."""
    if _OWN.search(text):
        return ""
    match, aged = _OPENING.match(text), _AGED.search(text)
    if match is not None and match.lastgroup:
        rest = text[match.end() :]
        if _TOLD_AGE.match(rest) or _PRONOUNS[match.lastgroup].search(rest):
            return match[match.lastgroup].lower()
    brought = aged or _BROUGHT.search(text)
    return brought["who"].lower() if brought else ""
