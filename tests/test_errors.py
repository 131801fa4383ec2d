"""The one shape of every error: its parts, one labelled line each."""

from mnister.errors import UserError


def test_parts_that_are_not_known_are_left_out():
    assert str(UserError("It rains", received="water")) == "It rains.\n  Received: water"


def test_a_sentence_of_keras_has_one_full_stop():
    assert str(UserError("layers[0]: no rate.")) == "layers[0]: no rate."
