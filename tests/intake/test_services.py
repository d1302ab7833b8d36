"""The keys by which it is known whose event an object may be: nobody's reader is asked in vain, and none is left out."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from healthcheck.intake.services.known import SERVICES, webhook_events
from tests.intake.test_wrappings import SAMPLES

KEYS = sorted({key for sample in SAMPLES for key in sample} | {key for _, keys, _, _ in SERVICES for key in keys})
VALUES = [value for sample in SAMPLES for value in sample.values()]


def names_its_keys(value):
    for name, keys, is_own, _ in SERVICES:
        if is_own(value):
            assert any(key in value for key in keys), (name, value)


def test_whatever_a_reader_takes_for_its_own_has_a_key_that_it_names():
    for sample in SAMPLES:
        names_its_keys(sample)
        for key in sample:
            names_its_keys({name: one for name, one in sample.items() if name != key})


def test_what_has_keys_of_two_services_has_one_of_each():
    for one in SAMPLES:
        for other in SAMPLES:
            names_its_keys({**one, **other})


@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=6))
def test_any_values_under_any_keys(value):
    names_its_keys(value)


def first_of_all(value):
    return next((name for name, _, is_own, _ in SERVICES if is_own(value)), None)


def test_the_first_in_the_order_is_asked_first_whatever_keys_lead_to_it():
    for one in SAMPLES:
        for other in SAMPLES[::7]:
            for value in ({**one, **other}, {**other, **one}):
                found = webhook_events(msgspec.json.decode(msgspec.json.encode(value)))
                assert (found and found[0]) == first_of_all(value)


def test_no_reader_takes_an_object_that_says_nothing():
    assert not any(is_own({}) for _, _, is_own, _ in SERVICES)
