"""What every key ring promises."""

import os
from collections.abc import Callable

from adapters.ports import KeyFailure, Keys
from adapters.testing.promise import fresh, holds, raises

Factory = Callable[[], Keys]


def check_wraps_and_unwraps(factory: Factory) -> None:
    """Expect that a data key comes back under its key id and context, in another process too."""
    data_key = os.urandom(32)
    kid, wrapped = factory().wrap(data_key, context=b"here")
    holds(data_key not in wrapped, "the wrapped data key does not show the data key")
    holds(factory().unwrap(kid, wrapped, context=b"here") == data_key, "unwrap returns what was wrapped")
    again = factory().wrap(data_key, context=b"here")[1]
    holds(wrapped != again, "wrapping twice gives different bytes")


def check_binds_context(factory: Factory) -> None:
    """Expect that a data key opens in its context only, and only whole."""
    keys = factory()
    kid, wrapped = keys.wrap(os.urandom(32), context=b"here")
    elsewhere = lambda: keys.unwrap(kid, wrapped, context=b"there")  # noqa: E731 - reads as the act it is
    raises(KeyFailure, elsewhere, "another context does not open a data key")
    for place in range(len(wrapped)):
        changed = bytearray(wrapped)
        changed[place] ^= 1
        act = lambda bad=bytes(changed): keys.unwrap(kid, bad, context=b"here")  # noqa: E731
        raises(KeyFailure, act, f"a wrapped data key changed at byte {place} does not open")
    raises(KeyFailure, lambda: keys.unwrap(kid, b"", context=b"here"), "an empty data key does not open")


def check_binds_key_id(factory: Factory) -> None:
    """Expect that an unknown key id opens nothing."""
    keys = factory()
    _, wrapped = keys.wrap(os.urandom(32), context=b"here")
    unknown = fresh("no-such-key")
    raises(
        KeyFailure, lambda: keys.unwrap(unknown, wrapped, context=b"here"), "an unknown key id opens nothing"
    )


def check_tries_no_other_key(factory: Factory) -> None:
    """Expect that a data key opens under the id that wrapped it and no other that is known."""
    keys = factory()
    kid, wrapped = keys.wrap(os.urandom(32), context=b"here")
    other = keys.rotate()
    holds(other != kid, "rotation gives a new key id")
    raises(
        KeyFailure,
        lambda: keys.unwrap(other, wrapped, context=b"here"),
        "the active key is not tried where another is named",
    )


def check_rotates(factory: Factory) -> None:
    """Expect that after a rotation everybody uses the new key and old data still opens."""
    keys, elsewhere = factory(), factory()
    data_key = os.urandom(32)
    kid, wrapped = keys.wrap(data_key, context=b"here")
    derived = keys.derive("audit", "a")
    new = keys.rotate()
    holds(keys.active() == new, "the rotated key is active")
    holds(elsewhere.active() == new, "another process sees the rotation")
    holds(elsewhere.wrap(data_key, context=b"here")[0] == new, "another process wraps under the new key")
    holds(keys.unwrap(kid, wrapped, context=b"here") == data_key, "old data keys open after a rotation")
    holds(keys.derive("audit", "a") == derived, "rotation leaves derived keys as they are")
    states = {row["kid"]: row["state"] for row in keys.describe()}
    holds(states[kid] == "decrypt-only", "the former key is decrypt-only")
    holds(states[new] == "active", "the new key is active in the description")
    holds(list(states.values()).count("active") == 1, "exactly one key is active")


def check_derives(factory: Factory) -> None:
    """Expect that derived keys are 32 bytes, stable, and different for each purpose and tenant."""
    keys = factory()
    places = [("audit", "a"), ("audit", "b"), ("pseudonyms", "a"), ("blind-index", "a"), ("audi", "ta")]
    found = [keys.derive(purpose, tenant) for purpose, tenant in places]
    holds({len(key) for key in found} == {32}, "derived keys have 32 bytes")
    holds(len(set(found)) == len(places), "purposes and tenants have keys of their own")
    again = factory()
    holds(found == [again.derive(*place) for place in places], "another process derives the same keys")


def check_destroys(factory: Factory) -> None:
    """Expect that a destroyed key opens nothing anywhere, and that the active one cannot be destroyed."""
    keys, elsewhere = factory(), factory()
    kid, wrapped = keys.wrap(os.urandom(32), context=b"here")
    raises(KeyFailure, lambda: keys.destroy(kid), "the active key cannot be destroyed")
    raises(KeyFailure, lambda: keys.destroy(fresh("no-such-key")), "nor can one that is not known")
    keys.rotate()
    keys.destroy(kid)
    for ring in (keys, elsewhere, factory()):
        opens = lambda ring=ring: ring.unwrap(kid, wrapped, context=b"here")  # noqa: E731
        raises(KeyFailure, opens, "a destroyed key opens nothing, in another process neither")
    states = {row["kid"]: row["state"] for row in keys.describe()}
    holds(states[kid] == "destroyed", "the description says that it is destroyed")


def check_stays_as_it_is(factory: Factory) -> None:
    """Expect that a ring that cannot be changed from here says so and describes what it holds."""
    keys = factory()
    kid = keys.active()
    raises(KeyFailure, keys.rotate, "a fixed ring refuses to rotate")
    raises(KeyFailure, lambda: keys.destroy(kid), "and to destroy")
    holds(factory().active() == kid, "and stays as it was")
    states = {row["kid"]: row["state"] for row in keys.describe()}
    holds(states[kid] == "active", "the active key is active in the description")


FIXED_KEYS_CHECKS = (
    check_wraps_and_unwraps,
    check_binds_context,
    check_derives,
    check_binds_key_id,
    check_stays_as_it_is,
)
KEYS_CHECKS = (
    check_wraps_and_unwraps,
    check_binds_context,
    check_derives,
    check_rotates,
    check_binds_key_id,
    check_tries_no_other_key,
    check_destroys,
)
