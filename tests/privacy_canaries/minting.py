"""Canaries: texts that stand nowhere else, one for each place, in the form the place asks for."""

import base64
import html
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Voice = Literal["unique", "bare", "own"]
"""unique: two words and a number, for each place its own. bare: words alone, as an undeclared name is.
own: the names and numbers that the patient's own resource declares, in the ways people write them."""

_HEADS, _VOWELS = "zqxvkjw", "aeiou"
_FIRST_DAY = date(1900, 1, 1)
_DAYS = 43_000


@dataclass(frozen=True, slots=True)
class Canary:
    """What was planted and where.

    A `text` is found by any word or number of it, a `number` as a whole, whatever separates its figures, a
    `date` in each way of writing it, and a `word`, which may be short, where it stands alone.
    """

    place: str
    text: str
    kind: Literal["text", "date", "number", "word"] = "text"


@dataclass(frozen=True, slots=True)
class Person:
    """The identity that the voice `own` scatters over a record."""

    family: str
    given: str
    number: str
    phone: str
    mail: str
    street: str
    born: date

    def written(self) -> tuple[str, ...]:
        """Return ways in which people write it into a text."""
        day = self.born
        return (
            f"for {self.given} {self.family}",
            self.family.upper(),
            f"{self.family.casefold()}_repeat",
            f"{self.given}'s result",
            f"lab{self.family}7",
            f"no. {self.number[:3]}-{self.number[3:]}",
            f"{self.number} A",
            f"tel {self.phone[3:]}",
            self.mail,
            f"{self.street}, left door",
            day.isoformat(),
            f"{day:%m/%d/%Y}",
            f"born {day:%d %B %Y}",
            f"{self.family}\u200b {self.given}",
        )

    def canaries(self) -> tuple[Canary, ...]:
        """Return what must be found nowhere."""
        words = (self.family, self.given, self.mail.partition("@")[0], self.street.partition(" ")[2])
        numbers = (self.number, self.phone[-10:])
        return (
            *(Canary("the patient's own", word) for word in words),
            *(Canary("the patient's own", number, "number") for number in numbers),
            Canary("the patient's own", self.born.isoformat(), "date"),
        )


class Mint:
    """Makes canaries, the same for the same seed, and remembers them."""

    def __init__(self, seed: int, voice: Voice = "unique") -> None:
        self.random = random.Random(seed)
        self.voice = voice
        self.made: list[Canary] = []
        self._seen: set[str] = set()
        self._turns = 0
        self.person = self._person()
        if voice == "own":
            self.made.extend(self.person.canaries())

    def turn(self, count: int) -> int:
        """Return the next of `count` alternatives: each has its turn."""
        self._turns += 1
        return (self._turns + self.random.randrange(count)) % count

    def word(self) -> str:
        """Return a word that no language has; no end of one and beginning of the next make a third."""
        while True:
            made = "".join(self.random.choice(_HEADS) + self.random.choice(_VOWELS) for _ in range(4))
            made += self.random.choice(_HEADS)
            if made not in self._seen:
                self._seen |= {made, made[::-1]}
                return made.capitalize()

    def digits(self, count: int = 13) -> str:
        """Return a number that begins with no figure with which a time of today does."""
        while True:
            made = self.random.choice("456789") + "".join(self.random.choices("0123456789", k=count - 1))
            if made not in self._seen:
                self._seen.add(made)
                return made

    def day(self) -> date:
        """Return a day that was given to no other place."""
        while True:
            made = _FIRST_DAY + timedelta(days=self.random.randrange(_DAYS))
            if made.isoformat() not in self._seen:
                self._seen.add(made.isoformat())
                return made

    def keep(self, place: str, text: str, kind: Literal["text", "date", "number"] = "text") -> str:
        """Remember what was planted and return it."""
        self.made.append(Canary(place, text, kind))
        return text

    def string(self, place: str) -> str:
        """Return a free text for a place."""
        if self.voice == "own":
            return self.random.choice(self.person.written())
        if self.voice == "bare":
            return self.keep(place, f"{self.word()} {self.word()}")
        return self.keep(place, f"{self.word()} {self.word()} & {self.digits()}")

    def value(self, place: str, kind: str) -> str:
        """Return a value of a primitive type of FHIR."""
        maker = _MAKERS.get(kind)
        return maker(self, place) if maker else self.string(place)

    def identifier(self, place: str) -> str:
        """Return a logical id."""
        if self.voice == "own" and self.random.random() < 0.5:
            return f"{self.person.family}-{self.person.number}"
        return self.keep(place, f"{self.word()}-{self.word()}.{self.digits()}")

    def url(self, place: str) -> str:
        """Return an address."""
        if self.voice == "own":
            return f"https://ehr.example/{self.person.family}/{self.person.number}"
        return self.keep(place, f"https://{self.word().lower()}.org/{self.word()}/{self.digits()}")

    def code(self, place: str) -> str:
        """Return a code of a local system."""
        if self.voice == "own":
            return self.person.family
        return self.keep(place, f"{self.word()}-{self.digits()}")

    def oid(self, place: str) -> str:
        """Return an object identifier."""
        return f"urn:oid:1.2.{self.keep(place, self.digits(), 'number')}"

    def uuid(self, place: str) -> str:
        """Return a UUID as URN."""
        return f"urn:uuid:{self.bare_uuid(place)}"

    def bare_uuid(self, place: str) -> str:
        """Return a UUID; its figures mean something all together only."""
        hexed = f"{self.random.getrandbits(128):032x}"
        made = f"{hexed[:8]}-{hexed[8:12]}-4{hexed[13:16]}-a{hexed[17:20]}-{hexed[20:]}"
        return self.keep(place, made, "number")

    def encoded(self, place: str) -> str:
        """Return a text as base64."""
        return base64.b64encode(self.string(place).encode()).decode()

    def division(self, place: str) -> str:
        """Return a narrative."""
        text = html.escape(self.string(place))
        return f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{text}</p></div>'

    def date(self, place: str) -> str:
        """Return a day."""
        if self.voice == "own":
            return self.person.born.isoformat()
        return self.keep(place, self.day().isoformat(), "date")

    def instant(self, place: str) -> str:
        """Return a moment of a day."""
        return f"{self.date(place)}T07:41:09Z"

    def time(self, place: str) -> str:
        """Return a time of the day whose fraction is a number of its own."""
        return f"13:07:53.{self.keep(place, self.digits(), 'number')}"

    def _person(self) -> Person:
        return Person(
            family=self.word(),
            given=self.word(),
            number=self.digits(8),
            phone=f"+1 {self.digits(10)}",
            mail=f"{self.word().lower()}@mail.example",
            street=f"{self.random.randrange(10, 99)} {self.word()} Lane",
            born=self.day(),
        )


_MAKERS: Mapping[str, Callable[[Mint, str], str]] = {
    "Id": Mint.identifier,
    "Uri": Mint.url,
    "Url": Mint.url,
    "Canonical": Mint.url,
    "Oid": Mint.oid,
    "Uuid": Mint.uuid,
    "Code": Mint.code,
    "Base64Binary": Mint.encoded,
    "Xhtml": Mint.division,
    "Date": Mint.date,
    "DateTime": Mint.instant,
    "Instant": Mint.instant,
    "Time": Mint.time,
}
