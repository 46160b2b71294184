"""How likely a card is still remembered: the one place where that estimate is made."""

import math

RECALL_WHEN_DUE = 0.9


def recall(interval_days: int, elapsed_days: int) -> float:
    """The chance, 0 to 1, that a card is known `elapsed_days` after a review that gave it `interval_days`.

    SM-2 aims at about nine in ten on the day a card is due, and forgetting is close to exponential between
    two reviews, hence 0.9 ** (elapsed / interval). A card never learnt (interval 0) has nothing to
    remember: 0.0. Days before the review count as the day of the review.
    """
    if interval_days <= 0:
        return 0.0
    return math.pow(RECALL_WHEN_DUE, max(elapsed_days, 0) / interval_days)
