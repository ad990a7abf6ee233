"""What a reader is made of: rules, lexicons and learned parts, each loaded when it is first asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from models.text import classify, lexicon, measures, nearby, rulebook, sections, sig, standing, weights
from models.text.chronic import Chronic
from models.text.cues import Cues, read_cues
from models.text.lexicon import Lexicon
from models.text.network import Tagger, load, load_pieces


@dataclass(frozen=True)
class Parts:
    """Rules, and what others add to the lexicons."""

    rules: rulebook.Rulebook
    added: tuple[Lexicon, ...] = ()

    @cached_property
    def cues(self) -> Cues:
        """The cues of assertion."""
        table = self.rules["triggers"]
        return read_cues(table.get("trigger", []), where="triggers.toml", without=table.get("without", ""))

    @cached_property
    def headings(self) -> Mapping[str, sections.Kind]:
        """The headings of sections."""
        return sections.kinds(self.rules["sections"])

    @cached_property
    def lexicons(self) -> tuple[Lexicon, ...]:
        """Our words, then drugs, then terminologies; those added come first."""
        own = (lexicon.clinical(self.rules), lexicon.medications(self.rules), lexicon.terminology())
        return (*self.added, *own)

    @cached_property
    def allergens(self) -> Lexicon:
        """What is no drug and people are allergic to."""
        return lexicon.allergens(self.rules)

    @cached_property
    def short(self) -> lexicon.Abbreviations:
        """Abbreviations with several meanings."""
        return lexicon.abbreviations(self.rules["abbreviations"])

    @cached_property
    def nearby(self) -> nearby.Nearby:
        """Words that name something, or nothing, beside others."""
        return nearby.nearby(self.rules)

    @cached_property
    def measures(self) -> measures.Measures:
        """What can be measured."""
        return measures.measures(self.rules["measures"])

    @cached_property
    def sigs(self) -> sig.Sigs:
        """How doses, routes and frequencies are written."""
        return sig.sigs(self.rules["medication"])

    @cached_property
    def chronic(self) -> Chronic:
        """What stays once it is there."""
        return Chronic(tuple(self.rules["problems"].get("chronic", "").split()))

    @cached_property
    def tagger(self) -> Tagger:
        """The learned tagger."""
        return load(weights.read("tagger.bin"), load_pieces(weights.read("pieces.bin")))

    @cached_property
    def register(self) -> classify.Linear:
        """What tells a scientific abstract from a note."""
        return classify.load(weights.read("register.bin"))

    @cached_property
    def standing(self) -> standing.Standing:
        """What tells how likely it is that what reads as present is."""
        return standing.load(weights.read("standing.bin"), self.tagger.pieces)

    @cached_property
    def labels(self) -> classify.Linear:
        """What tells which section a passage is of."""
        return classify.load(weights.read("passages.bin"))

    def check(self) -> None:
        """Read every rule file, so that one that is not of its form is named now; raises `RuleError`."""
        for part in (
            self.cues,
            self.headings,
            self.lexicons,
            self.allergens,
            self.short,
            self.nearby,
            self.measures,
            self.sigs,
        ):
            del part
