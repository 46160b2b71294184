"""Row 6: what the day's totals cost an answer.

Run as `python -m bench.transaction ROUNDS` in an instance's environment.

In process, without HTTP: read the card, record the answer, commit; with and without the totals of review_days.
"""

import json
import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from bench.seeding import Instance, right_answers, token_of
from portal.config import ROOT

ANSWERS = 100


def rollup_ratios(instance: Instance, rounds: int) -> dict[str, float]:
    """CPU and wall time of the transaction with totals against without: {"cpu": .., "wall": ..}."""
    command = [sys.executable, "-m", "bench.transaction", str(rounds)]
    found = subprocess.run(command, cwd=ROOT, env=instance.environ, check=True, capture_output=True, timeout=600)
    ratios: dict[str, float] = json.loads(found.stdout)
    return ratios


def _measure(rounds: int) -> dict[str, float]:
    from portal import create_app
    from portal.quizzes import actions

    app = create_app()
    right = right_answers(Instance(Path(app.instance_path)))
    kept: Any = actions._add_to_day
    variants = {"with": kept, "without": lambda *_: None}
    chance, ratios = random.Random(2), []
    with app.app_context():
        _answer_all(right)
        for _ in range(rounds):
            seconds = {}
            for name in chance.sample(list(variants), 2):
                actions._add_to_day = variants[name]
                seconds[name] = _answer_all(right)
            ratios.append([one / other for one, other in zip(seconds["with"], seconds["without"], strict=True)])
    return dict(zip(("cpu", "wall"), (median(column) for column in zip(*ratios, strict=True)), strict=True))


def _answer_all(right: dict[str, tuple[str, list[str]]]) -> tuple[float, float]:
    """(CPU, wall) seconds of ANSWERS transactions of the first learner."""
    from portal.db import db
    from portal.login import load_me, now
    from portal.quizzes import actions, queries
    from portal.quizzes.presentations import present

    who = load_me(token_of(1))
    assert who is not None
    cpu = wall = 0.0
    for number in range(1, ANSWERS + 1):
        slug = f"bench-{number}"
        db.session.rollback()
        began_cpu, began = time.thread_time(), time.perf_counter()
        held = queries.find_card(who.id, slug)
        assert held is not None
        moment = now()
        shown = present(who.id, held.card_id, held.memory.version, moment - timedelta(seconds=6))
        actions.keep_answer(who, held, actions.weigh_answer(who, held, shown, right[slug][1], None, moment))
        db.session.commit()
        cpu, wall = cpu + time.thread_time() - began_cpu, wall + time.perf_counter() - began
    return cpu, wall


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]))))
