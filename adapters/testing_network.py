"""What every `Ehr` and every `KeySets` promises, checked from outside.

For whoever writes an adapter of their own: hand in a function that makes one, and a broken promise is raised
by its name. `check_ehr(lambda resources: (MyEhr(resources), access))`.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from adapters.ports import (
    Bundle,
    Ehr,
    EhrAccess,
    EhrError,
    EhrNotFound,
    EhrTimeout,
    KeySets,
    KeySetUnavailable,
    PortError,
)

Json = dict[str, Any]
EhrFactory = Callable[[Sequence[Json]], tuple[Ehr, EhrAccess]]
"""Takes the resources to serve; returns the adapter and an access that may read them."""
KeySetsFactory = Callable[[Mapping[str, Any]], tuple[KeySets, str]]
"""Takes the key set to publish; returns the adapter and the registered URL of that set."""

_SECONDS = 5.0
_PATIENT = "check-patient"

# The public half of the P-256 example key of RFC 7517, appendix A.1.
_PUBLIC_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    "use": "sig",
    "kid": "check-1",
}


class BrokenPromise(AssertionError):
    """An adapter does not keep a promise of its port; the message is the promise."""


def check_ehr(factory: EhrFactory) -> None:
    """Check reading and searching, their failures, caps and deadlines, alone and from several threads."""
    ehr, access = factory(_chart())
    for check in (
        _reads,
        _names_absence,
        _searches,
        _says_when_pages_are_left,
        _keeps_time,
        _refuses_disguise,
    ):
        check(ehr, access)
    _serves_threads(ehr, access)


def _chart() -> list[Json]:
    observations = [_observation(f"check-o{number}", _PATIENT) for number in range(5)]
    others = [_observation("check-other", "check-stranger")]
    patients = [{"resourceType": "Patient", "id": name} for name in (_PATIENT, "check-stranger")]
    return [*patients, *observations, *others]


def _observation(id: str, patient: str) -> Json:
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": f"Patient/{patient}"},
    }


def _reads(ehr: Ehr, access: EhrAccess) -> None:
    found = ehr.read(access, f"Patient/{_PATIENT}", timeout=_SECONDS)
    same = (found.get("resourceType"), found.get("id")) == ("Patient", _PATIENT)
    _promise("read returns the resource of that type and id", kept=same)


def _names_absence(ehr: Ehr, access: EhrAccess) -> None:
    error = _error(lambda: ehr.read(access, "Patient/check-nobody", timeout=_SECONDS))
    _promise("read raises EhrNotFound for what is not there", kept=isinstance(error, EhrNotFound))
    _promise("an error does not repeat an id", kept="check-nobody" not in str(error))


def _searches(ehr: Ehr, access: EhrAccess) -> None:
    bundle = ehr.search(access, f"Observation?patient={_PATIENT}", timeout=_SECONDS)
    ids = sorted(str(found["id"]) for found in bundle.resources)
    _promise(
        "search finds what matches and nothing else", kept=ids == [f"check-o{number}" for number in range(5)]
    )
    _promise("a search read to its end is complete", kept=bundle.complete and not bundle.why_incomplete)
    nothing = ehr.search(access, "Observation?patient=check-nobody", timeout=_SECONDS)
    _promise(
        "a search that finds nothing is complete and empty", kept=nothing.complete and not nothing.resources
    )


def _says_when_pages_are_left(ehr: Ehr, access: EhrAccess) -> None:
    query = f"Observation?patient={_PATIENT}&_count=2"
    whole = ehr.search(access, query, timeout=_SECONDS)
    _promise("pages are followed", kept=whole.complete and len(whole.resources) == 5)
    cut = ehr.search(replace(access, max_pages=1), query, timeout=_SECONDS)
    _promise("a search cut by max_pages says that it is incomplete, and why", kept=_is_cut(cut))
    _promise("a search cut by max_pages keeps what was read", kept=0 < len(cut.resources) < 5)


def _is_cut(bundle: Bundle) -> bool:
    return not bundle.complete and bool(bundle.why_incomplete)


def _keeps_time(ehr: Ehr, access: EhrAccess) -> None:
    for what in (
        lambda: ehr.read(access, f"Patient/{_PATIENT}", timeout=0),
        lambda: ehr.search(access, f"Observation?patient={_PATIENT}", timeout=0),
    ):
        _promise("without time left, EhrTimeout is raised", kept=isinstance(_error(what), EhrTimeout))


def _refuses_disguise(ehr: Ehr, access: EhrAccess) -> None:
    for path in ("Patient/..", "Patient/a/b", "../metadata", "https://elsewhere.example/Patient/1"):
        error = _error(lambda path=path: ehr.read(access, path, timeout=_SECONDS))  # type: ignore[misc]
        _promise("what is not Type/id is refused with an EhrError", kept=isinstance(error, EhrError))


def _serves_threads(ehr: Ehr, access: EhrAccess) -> None:
    def ids(_: int) -> list[str]:
        found = ehr.search(access, f"Observation?patient={_PATIENT}", timeout=_SECONDS)
        return [str(resource["id"]) for resource in found.resources]

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(ids, range(12)))
    same = all(one == answers[0] for one in answers)
    _promise("threads that share the adapter get the same answers", kept=same)


def check_key_sets(factory: KeySetsFactory) -> None:
    """Check that keys are found, unknown ids are no error, and unsafe sets and addresses are refused."""
    sets, url = factory({"keys": [_PUBLIC_KEY]})
    ids = [key.get("kid") for key in sets.keys(url, kid="check-1")]
    _promise("a published key is returned", kept=ids == ["check-1"])
    unknown = [key.get("kid") for key in sets.keys(url, kid="check-unknown")]
    _promise("an unknown key id is no error; the known keys come back", kept=unknown == ["check-1"])
    stranger = _error(lambda: sets.keys("https://unregistered.example/jwks.json", kid="check-1"))
    _promise("an address that is not registered is refused", kept=isinstance(stranger, KeySetUnavailable))
    for unsafe in ({**_PUBLIC_KEY, "d": "AA"}, {"kty": "oct", "k": "AA", "kid": "check-1"}):
        _check_refused(factory, {"keys": [_PUBLIC_KEY, unsafe]})


def _check_refused(factory: KeySetsFactory, published: Mapping[str, Any]) -> None:
    sets, url = factory(published)
    error = _error(lambda: sets.keys(url, kid="check-1"))
    _promise("a set with a private or symmetric key is refused", kept=isinstance(error, KeySetUnavailable))


def _error(action: Callable[[], object]) -> Exception | None:
    try:
        action()
    except PortError as error:
        return error
    return None


def _promise(words: str, *, kept: bool) -> None:
    if not kept:
        raise BrokenPromise(words)
