"""Templates and their particulars."""

from checks.text import fields, fill, inert, spelled_out


def filled(template, **args):
    return "".join(fill(template, {name: inert(value) for name, value in args.items()}))


def test_an_array_inside_a_sentence_is_joined_by_commas():
    assert filled("the hosts {hosts} fail", hosts=("a", "b")) == "the hosts a, b fail"


def test_an_array_that_begins_a_line_is_one_item_a_line_so_that_each_can_be_copied():
    assert filled("Publish:\n{records}\nThen wait.", records=("a", "b")) == "Publish:\na\nb\nThen wait."


def test_a_value_of_strangers_cannot_begin_a_line():
    assert filled("{name}{hosts}", name="x\n", hosts=("a", "b")) == "x\\x0aa, b"


def test_of_a_long_array_the_rest_is_counted():
    assert filled("{hosts}", hosts=tuple("abcdefghijklmnop")).endswith("l and 4 more")


def test_what_is_said_of_something_is_not_said_of_nothing():
    template = "Publish it.{gone: Taken out: {}.}{kept: Kept: {}.} {more}"
    assert filled(template, gone=("a", "b"), kept=None, more="x") == "Publish it. Taken out: a, b. x"
    assert filled(template, gone=None, kept=None, more=None) == "Publish it. nothing"
    assert fields(template) == {"gone", "kept", "more"}
    assert spelled_out(template) == "Publish it. Taken out: {gone}. Kept: {kept}. {more}"


def test_a_value_of_strangers_is_no_template():
    assert filled("x{name: is {}}", name="{other: {}}") == "x is {other: {}}"
