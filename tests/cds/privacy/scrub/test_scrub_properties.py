"""What holds for any text at all."""

from hypothesis import given, settings
from hypothesis import strategies as st
from scrub_cases import positives

from cds.privacy.known import Known
from cds.privacy.scrub import TAGS, realistic, scrub
from cds.privacy.scrub.tokens import TAG

WRITTEN = st.sampled_from([case.text for case in positives()])
PIECES = st.lists(WRITTEN, min_size=1, max_size=3).map(" ".join)
ANY = st.text(max_size=300) | PIECES | st.text(alphabet="JohnDr. ,-/0123456789:@\n'", max_size=120)
MANY = settings(max_examples=150, deadline=None)


@MANY
@given(ANY)
def test_spans_index_the_text_in_order_and_never_overlap(text: str) -> None:
    clean = scrub(text)
    ends = [0, *(x for s in clean.spans for x in (s.start, s.end)), len(text)]
    assert ends == sorted(ends)
    assert all(s.start < s.end for s in clean.spans)


@MANY
@given(ANY)
def test_the_clean_text_is_the_input_with_its_spans_replaced(text: str) -> None:
    clean, built, place = scrub(text), "", 0
    for span in clean.spans:
        built += text[place : span.start] + span.replacement
        place = span.end
    assert clean.text == built + text[place:]


def test_scrubbing_again_changes_hardly_any_text() -> None:
    """One reading is made: what a second finds, beside the tags of the first, is next to nothing."""
    texts = [case.text for case in positives()]
    once = [scrub(text).text for text in texts]
    assert sum(scrub(text).text != text for text in once) <= 0.03 * len(texts)


@MANY
@given(ANY)
def test_scrubbing_again_leaves_every_tag(text: str) -> None:
    once = scrub(text).text
    again = scrub(once)
    for tag in TAG.finditer(once):
        over = [s for s in again.spans if s.start < tag.end() and s.end > tag.start()]
        assert not over or (over[0].start <= tag.start() and tag.end() <= over[-1].end)


@MANY
@given(ANY, st.integers(0, 400))
def test_every_offset_leads_back_into_the_input(text: str, at: int) -> None:
    clean = scrub(text)
    here = min(at, len(clean.text))
    assert 0 <= clean.back(here) <= len(text)
    assert clean.back(0) == 0 or clean.spans[0].start == 0


@MANY
@given(PIECES)
def test_surrogates_never_repeat_the_original(text: str) -> None:
    drawn = realistic(b"seed")
    for span in scrub(text, surrogates=drawn).spans:
        assert span.replacement.casefold() != text[span.start : span.end].casefold()


NAMES = st.sampled_from(
    ["García-López", "O'Brien", "Nguyễn", "Şahin", "van den Berg", "Ilse", "Zoë", "MacDonald"]
)
FORMS = st.sampled_from(
    [str.upper, str.lower, str.title, str.swapcase, lambda n: n + "'s", lambda n: n + "’s"]
)


@MANY
@given(NAMES, FORMS, st.sampled_from(["{}", "for {} we", "x({})", "{}, 44", "re:{};", "_{}_", "4{}4"]))
def test_a_known_name_never_survives_in_any_form(name: str, form: object, frame: str) -> None:
    known = Known([name])
    clean = scrub(frame.format(form(name)), known=known).text  # type: ignore[operator]
    assert not known.within(TAG.sub(" ", clean))


@MANY
@given(st.from_regex(r"[A-Z]{0,2}[0-9]{5,9}", fullmatch=True), st.sampled_from(["", " ", "-", ".", "/"]))
def test_a_known_number_never_survives_however_it_is_cut(number: str, cut: str) -> None:
    known = Known(identifiers=[number])
    written = cut.join((number[:3], number[3:]))
    clean = scrub(f"see {written} please", known=known, surrogates=TAGS).text
    assert not known.within(TAG.sub(" ", clean))
