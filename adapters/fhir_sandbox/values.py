"""What a resource offers to a search parameter: tokens, references, texts, ranges of time, quantities.

Tokens and references become sets of the spellings a client may ask for: a comparison is one set operation.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.fhir_sandbox import dates
from adapters.fhir_sandbox.parameters import Kind, Parameter, Steps

Json = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """The values of one parameter in one resource; only the member of the parameter's kind is filled."""

    keys: frozenset[str] = frozenset()
    texts: tuple[str, ...] = ()
    ranges: tuple[dates.Range, ...] = ()
    quantities: tuple[tuple[Decimal, frozenset[str]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.keys or self.texts or self.ranges or self.quantities)


_NOTHING = Found()


def find(resource: Json, parameter: Parameter) -> Found:
    """Collect the values a parameter finds in a resource."""
    if not any(steps[0] in resource for steps in parameter.paths):
        return _NOTHING
    elements = [element for steps in parameter.paths for element in walk(resource, steps)]
    return _COLLECT[parameter.kind](elements, parameter.target)


def walk(value: Any, steps: Steps) -> Iterator[Any]:
    """Yield the elements at the end of a path, walking into lists on the way."""
    if isinstance(value, list):
        for item in value:
            yield from walk(item, steps)
    elif not steps:
        yield value
    elif isinstance(value, dict) and (inner := value.get(steps[0])) is not None:
        yield from walk(inner, steps[1:])


def relative(reference: str) -> str | None:
    """Cut a reference down to `Type/id`, without server and version, or None where it is neither."""
    parts = reference.partition("/_history/")[0].rsplit("/", 2)
    if len(parts) < 2 or "?" in reference or reference.startswith(("#", "urn:")):
        return None
    return "/".join(parts[-2:])


def references(value: Any) -> Iterator[str]:
    """Yield every literal reference inside a resource, cut down to `Type/id`."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        literal = value.get("reference")
        if isinstance(literal, str) and (found := relative(literal)):
            yield found
        for inner in value.values():
            if isinstance(inner, dict | list):
                yield from references(inner)


def plain(text: str) -> str:
    """Fold case and accents away, as string searches ask."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def _tokens(elements: list[Any], _target: str | None) -> Found:
    return Found(keys=frozenset(key for element in elements for key in _token_keys(element)))


def _token_keys(element: Any) -> Iterator[str]:
    if isinstance(element, bool):
        yield from _code_keys("true" if element else "false")
    elif isinstance(element, str):
        yield from _code_keys(element)
    elif isinstance(element, dict) and "coding" in element:
        for coding in element["coding"]:
            yield from _token_keys(coding)
    elif isinstance(element, dict):
        yield from _coding_keys(element.get("system"), element.get("code", element.get("value")))


def _code_keys(code: str) -> Iterator[str]:
    # The system of a bare code is implied by its element: it matches whatever system is asked for.
    yield from (code, f"|{code}", f"*|{code}")


def _coding_keys(system: str | None, code: str | None) -> Iterator[str]:
    if code is not None:
        yield code
        yield f"{system or ''}|{code}"
    if system:
        yield f"{system}|"


def _references(elements: list[Any], target: str | None) -> Found:
    literals = (element.get("reference") for element in elements if isinstance(element, dict))
    found = [short for literal in literals if isinstance(literal, str) and (short := relative(literal))]
    kept = [short for short in found if target is None or short.startswith(f"{target}/")]
    return Found(keys=frozenset([*kept, *(short.split("/")[1] for short in kept)]))


def _strings(elements: list[Any], _target: str | None) -> Found:
    return Found(texts=tuple(text for element in elements for text in _texts(element)))


def _texts(element: Any) -> Iterator[str]:
    if isinstance(element, str):
        yield element
    elif isinstance(element, list):
        for item in element:
            yield from _texts(item)
    elif isinstance(element, dict):  # HumanName and Address: any part may match
        for name, part in element.items():
            if name not in {"use", "period", "type", "extension", "id"}:
                yield from _texts(part)


def _dates(elements: list[Any], _target: str | None) -> Found:
    return Found(ranges=tuple(found for element in elements if (found := dates.element_range(element))))


def _quantities(elements: list[Any], _target: str | None) -> Found:
    return Found(
        quantities=tuple(_quantity(item) for item in elements if isinstance(item, dict) and "value" in item)
    )


def _quantity(item: Json) -> tuple[Decimal, frozenset[str]]:
    system, code, unit = item.get("system"), item.get("code"), item.get("unit")
    units = {f"{system}|{code}", f"|{code}", f"|{unit}"}
    return Decimal(str(item["value"])), frozenset(units)


_COLLECT: Mapping[Kind, Callable[[list[Any], str | None], Found]] = {
    "token": _tokens,
    "reference": _references,
    "string": _strings,
    "date": _dates,
    "quantity": _quantities,
}
