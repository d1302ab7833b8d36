"""What readers remember from line to line."""

from healthcheck.intake.latest import Latest


def test_what_was_put_in_first_is_forgotten_for_what_is_new():
    kept: Latest[str, int] = Latest(2)
    kept["a"], kept["b"], kept["c"] = 1, 2, 3
    assert kept == {"b": 2, "c": 3}


def test_what_is_said_anew_of_a_known_one_makes_nothing_forgotten():
    kept: Latest[str, int] = Latest(2)
    kept["a"], kept["b"], kept["a"] = 1, 2, 3
    assert kept == {"a": 3, "b": 2}
