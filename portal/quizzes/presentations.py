"""A card shown once: the signed note that comes back with the answer.

Nothing is written when a card is shown (a GET never writes): everything the ledger needs to know of the showing travels
in the form, signed. It becomes a row with the answer, and its nonce, unique in the log, can become a row only once.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2s
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TokenError(ValueError):
    """A token we did not make, or made for somebody else or another card."""


class Presentation(NamedTuple):
    """`nonce` names the showing; `version` is the memory's version then; times in ms since 1970.

    `shown_ms` is when the question appeared, `armed_ms` when its last change did (self cards: the answer).
    """

    nonce: str
    learner_id: int
    card_id: int
    version: int
    shown_ms: int
    armed_ms: int

    @property
    def seed(self) -> int:
        """What shuffles the options: the same for every look at this showing, stored with the log's token."""
        return int.from_bytes(blake2s(self.nonce.encode(), digest_size=4).digest(), "big")

    def sign(self, key: str) -> str:
        """The token for the form."""
        text = f"{self.nonce}.{self.card_id:x}.{self.version:x}.{self.shown_ms:x}.{self.armed_ms:x}"
        return f"{text}.{_signature(text, self.learner_id, key)}"

    def rearmed(self, moment: datetime) -> "Presentation":
        """The same showing, with something new on the screen since `moment`."""
        return self._replace(armed_ms=ms_of(moment))

    def waiting(self, waited_ms: int, moment: datetime) -> "Presentation":
        """The same showing, where a browser held it back for so long: it came with the feedback before it.

        The browser's word is taken: who wants a better grade can choose it, there is nothing to be won here.
        """
        held_ms = min(waited_ms, max(0, ms_of(moment) - self.shown_ms))
        return self._replace(shown_ms=self.shown_ms + held_ms, armed_ms=max(self.armed_ms, self.shown_ms + held_ms))

    def waited_ms(self, moment: datetime) -> int:
        """Milliseconds between the last change on the screen and `moment`."""
        return ms_of(moment) - self.armed_ms

    def answer_ms(self, moment: datetime) -> int:
        """Milliseconds between question and `moment`."""
        return max(0, ms_of(moment) - self.shown_ms)


def present(learner_id: int, card_id: int, version: int, moment: datetime) -> Presentation:
    """Show a card now."""
    shown = ms_of(moment)
    return Presentation(secrets.token_urlsafe(9), learner_id, card_id, version, shown, shown)


def read(token: str, learner_id: int, key: str) -> Presentation:
    """The presentation behind a token that `learner_id` sent. Raises TokenError."""
    text, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(text, learner_id, key).encode()):
        raise TokenError("This form was not made for you here. Open the card again and answer it there.")
    nonce, *numbers = text.split(".")
    card_id, version, shown_ms, armed_ms = (int(number, 16) for number in numbers)
    return Presentation(nonce, learner_id, card_id, version, shown_ms, armed_ms)


def ms_of(moment: datetime) -> int:
    """Milliseconds since 1970 began."""
    since = moment - EPOCH  # divided by hand: timedelta // timedelta takes ten times as long
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000


def _signature(text: str, learner_id: int, key: str) -> str:
    signed = _keyed(key).copy()
    signed.update(f"{learner_id}|{text}".encode())
    return urlsafe_b64encode(signed.digest()).decode()


@lru_cache(maxsize=4)
def _keyed(key: str) -> blake2s:
    """What signs, with its key taken in: a secret of any length, as 32 bytes."""
    return blake2s(digest_size=15, key=blake2s(key.encode()).digest(), person=b"shown")
