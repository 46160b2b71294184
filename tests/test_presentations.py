"""The signed note of a card shown once: nobody else can use it, and nothing in it can be changed."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.quizzes.presentations import Presentation, TokenError, ms_of, present, read

KEY = "a key of thirty-two letters or so"
NOON = datetime(2026, 11, 22, 12, 0, 0, 123_456, tzinfo=UTC)
ALICE, BOB = 7, 8


def shown() -> Presentation:
    """Card 31, in its version 4, shown to Alice at noon."""
    return present(ALICE, 31, 4, NOON)


def test_a_note_comes_back_as_it_was_given() -> None:
    note = shown()
    assert read(note.sign(KEY), ALICE, KEY) == note
    assert (note.card_id, note.version, note.shown_ms, note.armed_ms) == (31, 4, ms_of(NOON), ms_of(NOON))


def test_two_showings_of_a_card_are_two_notes() -> None:
    assert len({shown().nonce for _ in range(1000)}) == 1000


def test_bob_cannot_use_alices_note() -> None:
    with pytest.raises(TokenError, match="not made for you"):
        read(shown().sign(KEY), BOB, KEY)


def test_a_note_signed_with_another_key_is_none_of_ours() -> None:
    with pytest.raises(TokenError):
        read(shown().sign("another key of thirty-two letters"), ALICE, KEY)


def test_no_letter_of_a_note_can_be_changed() -> None:
    token = shown().sign(KEY)
    for place, letter in enumerate(token):
        for other in "0A._":
            if other != letter:
                with pytest.raises(TokenError):
                    read(token[:place] + other + token[place + 1 :], ALICE, KEY)


@pytest.mark.parametrize("token", ["", ".", "a", ".....", "\0", "\N{SNOWMAN}.\N{SNOWMAN}", "x." * 1000])
def test_what_is_no_note_is_refused(token: str) -> None:
    with pytest.raises(TokenError):
        read(token, ALICE, KEY)


def test_a_note_is_short_enough_for_every_form_and_address() -> None:
    assert len(present(2**31, 2**31, 2**31, NOON).sign(KEY)) < 100


def test_the_clock_starts_again_when_a_card_is_turned_but_the_answer_takes_its_whole_time() -> None:
    turned = shown().rearmed(NOON + timedelta(seconds=9))
    now = NOON + timedelta(seconds=9, milliseconds=200)
    assert turned.waited_ms(now) == 200
    assert turned.answer_ms(now) == 9_200


def test_a_clock_that_was_set_back_gives_no_negative_time() -> None:
    assert shown().answer_ms(NOON - timedelta(minutes=3)) == 0


def test_the_order_of_options_hangs_on_the_showing_alone() -> None:
    note = shown()
    assert note.seed == note.rearmed(NOON + timedelta(hours=1)).seed == read(note.sign(KEY), ALICE, KEY).seed
    assert len({shown().seed for _ in range(100)}) == 100
