"""Cells and fields: a label in one, what it is the label of in the next, as in "pt_last|Oyler"."""

import re
from collections.abc import Iterator

from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import Tokens

_CELLED = re.compile(r"(?m)^([ ]{0,4})([A-Za-z][\w #/.()-]{0,22})([|\t])(?=[ ]?([^|\t\n]{1,80})[|\t]?$)")
"""The first of two cells that are all a line has."""
_PLACES = (
    r"city|town|village|addr(?:ess)?\s?(?:line\s?)?\d?|street|zip(?:\s?code)?|post(?:al)?\s?code|county"
    r"|birthplace|hometown|facility|hosp(?:ital)?|clinic|employer|school"
    r"|pharmacy|snf|church|osh|agency|residence"
)
_PEOPLE = (
    r"last|first|middle|l\s?name|f\s?name|m\s?name|lastname|firstname|surname|nok"
    r"|next of kin|mother|father|guardian|emerg(?:ency)?\s?contact|contact|pcp|attending"
    r"|provider|signed|author|nurse|rn|md|seen\s?by|scribe|interpreter|witness|name"
)
_WHOSE = (
    r"(?:(?:pt|pat|patient|mem|member|sub|subscr|ins|insured|home|work|mail|mailing|emp|res|dc|ref|prov)\s)?"
)
_FIELD = re.compile(
    rf"(?im)^[ ]{{0,4}}{_WHOSE}(?:(?P<place>{_PLACES})|(?P<person>{_PEOPLE}))(?:\s(?:name|nm))?"
    r"[:=][ ]{0,60}(?P<v>[^\n|\t;(]{2,60}?)[ ]*[|\t]?$"
)
_SAID = re.compile(
    r"(?i)(?:none|n/?a|no|yes|y|n|unk(?:nown)?|same|self|home|house|tbd|pending|declined|see\b.{0,40}|not\b.{0,40}"
    r"|ed|er|icu|or|pacu|ward|inpatient|outpatient|emergency\b.{0,20}|deceased|alive|retired|unemployed|student)"
)
"""What a field may have that identifies nobody."""
_NAMED = re.compile(r"(?!.*\d)[^\W\d_][\w'’.,-]*(?:\s[^\W\d_][\w'’.,-]*){0,3}")


_LED = re.compile(r"(?<=[\w)#])[ ]?\.{4,60}[ ]?(?=\S)")
"""The dots that lead from a label to its value."""


def celled(text: str) -> str:
    """Return a text of the same length where a colon stands for the bar, tab or dots after a label."""
    if "...." in text:
        text = _LED.sub(lambda dots: ":" + " " * (len(dots[0]) - 1), text)
    if "|" not in text and "\t" not in text:
        return text
    return _CELLED.sub(_opened, text)


def _opened(match: re.Match[str]) -> str:
    """Return a label with a colon, or as it stands where its value says nothing of anybody."""
    return match[0] if _SAID.fullmatch(match[4]) else f"{match[1]}{match[2].replace('_', ' ')}:"


def fields(made: Tokens, plain: str) -> Iterator[Found]:
    """Yield the whole values of fields that say of a place or of somebody, in a text that had cells."""
    if made.text is plain or made.text == plain:
        return
    for match in _FIELD.finditer(made.text):
        value = match["v"]
        if _SAID.fullmatch(value):
            continue
        if match["place"]:
            yield *match.span("v"), "LOCATION"
        elif _NAMED.fullmatch(value) and (value[0].isupper() or " " not in value):
            yield *match.span("v"), "NAME"
