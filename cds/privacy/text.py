"""Short human texts beside codes: kept where nothing in them could name somebody, else dropped.

Labels are the text and display of codes ("Creatinine, serum"). They are clinic words nearly always; now and
then somebody types a name, a date or a telephone number into them. A doubtful label is dropped, not cleaned.
"""

import re

from cds.privacy.folding import visible
from cds.privacy.known import Known

LABEL_LIMIT = 200

_UNITS = r"(?:units?|unt|iu|meq|mmol|mol|cfu|pfu|mcg|mg|ml|gm|g|u|kg|ng|%)\b"
_LONG_MONTH = (
    r"january|february|march|april|may|june|july|august|september|october|november|december"
    r"|januar|februar|märz|mai|juni|juli|oktober|dezember"
    r"|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
)
_MONTH = rf"(?:{_LONG_MONTH}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|okt|dez)"
_SUSPICIOUS = re.compile(
    rf"""
      (?<![\d.])\d{{5,}}+(?!\s*{_UNITS})            # record and telephone numbers, zip codes
    | (?<![\d.])\d{{1,4}}([-/.])\d{{1,2}}\1\d{{1,4}}\b   # dates
    | \b(?:0?[1-9]|1[0-2])[-/.](?:19|20)\d\d\b      # month and year
    | \b(?:19|20)\d\d[-/.](?:0[1-9]|1[0-2])\b
    | \b\d{{3}}[-. ]\d{{2,4}}[-. ]\d{{4}}\b         # telephone and social security numbers
    | \b\d{{3}}-\d{{4}}\b(?!\s*{_UNITS})
    | \(\d{{3,5}}\)\s?\d
    | \+\d{{1,3}}[ \-.(]?\d
    | \b(?:\d{{2,4}}[ .\-]){{3,}}\d{{2,4}}\b
    | [@]|https?:|www\.                             # mail, web
    | \b(?:mr|mrs|ms|dr|prof|herr|frau|mme)\b\.?\s+(?-i:[A-Z])
    | \b(?:signed|dictated|entered|verified)\s+by\s+(?-i:[A-Z])
    | \b{_MONTH}\b\.?,?\s+'?\d                      # 3 March, March 3rd, Mar 2024
    | \d(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?{_MONTH}\b
    | \b(?:in|since|early|late|mid|last)\s+(?:{_LONG_MONTH})\b
    | \d\s*[年月]\s*\d | \d{{4}}\s*年
    | \b\d{{1,5}}\s+(?-i:[A-Z])\w+\s+(?:street|avenue|ave|road|rd|lane|ln|drive|blvd|court|way)\b
    | \b(?:mrn|ssn|dob)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NEARLY_NUMBER = re.compile(r"[\doOlI][\doOlI\-. ()]{5,}[\doOlI]")
_AS_DIGITS = str.maketrans("oOlI", "0011")

_VERDICTS: dict[int, bool] = {}
"""Verdicts by Python's keyed hash of the text, never by the text: nothing of a record outlives its call."""
_MOST_VERDICTS = 50_000


def _harmless(text: str) -> bool:
    mark = hash(text)
    verdict = _VERDICTS.get(mark)
    if verdict is None:
        verdict = len(text) <= LABEL_LIMIT and text.isprintable() and not _suspicious(text)
        if len(_VERDICTS) >= _MOST_VERDICTS:
            _VERDICTS.clear()
        _VERDICTS[mark] = verdict
    return verdict


def _suspicious(text: str) -> bool:
    return _SUSPICIOUS.search(_NEARLY_NUMBER.sub(_number, visible(text))) is not None


def _number(match: re.Match[str]) -> str:
    """Return a run of digits with the letters typed for digits as digits."""
    run = match[0]
    return run.translate(_AS_DIGITS) if sum(c.isdigit() for c in run) >= 4 else run


def label(text: str, known: Known) -> str:
    """Return the text, or an empty string where it could name somebody."""
    return text if _harmless(text) and not known.within(text) else ""
