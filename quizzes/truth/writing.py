"""Proves cards whose answer is written: the model answer passes, and each wrong one fails in the way its card says."""

from pathlib import Path

from quizzes.cards import Ask, Card, Fence
from quizzes.exercises import ExerciseError, dataset_texts, make_exercise, match_known, run_known, turned
from quizzes.marking import OF_REGEX, OF_SQL, Marked, Miss, write_row
from quizzes.truth.claims import Finding, ProofError, complain, refuse_idle_fences
from quizzes.writing import Exercise, model_of, wrong_with_written, wrongs_of

PATTERN_ROLES = frozenset({"answer", "wrong", "match", "reject", "match hidden", "reject hidden"})


def prove(card: Card, folder: Path) -> Finding:  # noqa: ARG001 - every engine is called alike
    """Prove a card whose check is `write-sql DATASET,DATASET [ordered] [named]` or `write-regex`."""
    if card.ask not in {Ask.WRITE_SQL, Ask.WRITE_REGEX} or card.check[0] != card.ask:
        raise ProofError(card.line, f'"check: {card.check[0]}" is for ask: {card.check[0]}')
    is_sql = card.ask is Ask.WRITE_SQL
    roles = frozenset({"answer", "wrong"}) if is_sql else PATTERN_ROLES
    refuse_idle_fences(card, "sql" if is_sql else "text", roles)
    try:
        exercise = make_exercise(card)
        complaints = _of_sql(card, exercise) if is_sql else _of_pattern(card, exercise)
        complaints += _of_wrongs(card, exercise)
        complaints += [complain(card, card.line, text) for text in wrong_with_written(card)]
    except ExerciseError as error:
        raise ProofError(error.line, str(error)) from error
    return Finding(_computed(card, exercise), tuple(complaints))


def _computed(card: Card, exercise: Exercise) -> str:
    if card.ask is Ask.WRITE_REGEX:
        return model_of(card)
    return "; ".join(map(write_row, exercise.wanted[0].rows))


def _of_sql(card: Card, exercise: Exercise) -> list[str]:
    texts, found = dataset_texts(card), []
    if len(texts) < 2:
        found.append("a second dataset is missing: nobody must see every row that counts")
    if not exercise.wanted[0].rows:
        found.append("the model answer gives no rows on the dataset that is shown")
    if len(texts) > 1 and exercise.wanted[0].rows == exercise.wanted[1].rows:
        found.append("the model answer gives the same rows on both datasets: the hidden one proves nothing")
    other = run_known(tuple(map(turned, exercise.material)), model_of(card), card.line)
    if exercise.is_ordered and "ORDER BY" not in model_of(card):
        found.append("the card asks for an order, and the model answer has no ORDER BY")
    marked = exercise.mark({"runs": [result._asdict() for result in other]})
    if marked.miss:
        found.append(f"the model answer depends on luck, for rows can come in another order: {marked.says}")
    return [complain(card, card.line, text) for text in found]


def _of_pattern(card: Card, exercise: Exercise) -> list[str]:
    marked = exercise.mark({"matched": match_known(exercise.material, model_of(card), card.line)})
    found = [f"the model answer fails: {marked.says} {marked.differs}"] if marked.miss else []
    if not any("hidden" in where for where in exercise.wheres):
        found.append("no hidden line: a pattern that lists the shown ones would pass")
    if len(set(exercise.material)) < len(exercise.material):
        found.append("a line stands twice")
    return [complain(card, card.line, text) for text in found]


def _of_wrongs(card: Card, exercise: Exercise) -> list[str]:
    found = []
    digests = [digest for digest, _ in exercise.beliefs]
    for fence, digest in zip(wrongs_of(card), digests, strict=True):
        found += [complain(card, fence.line, text) for text in _of_wrong(card, exercise, fence)]
        if digests.count(digest) > 1:
            found.append(complain(card, fence.line, f"{fence.misconception} gives what another wrong fence gives"))
    return found


def _of_wrong(card: Card, exercise: Exercise, fence: Fence) -> list[str]:
    said = next((o.text for o in card.options if o.misconception == fence.misconception), None)
    classes = OF_SQL if exercise.is_sql else OF_REGEX
    if said not in classes:
        return [f'the option of {fence.misconception} is one of {", ".join(classes)}, not "{said}"']
    marked = _marked(exercise, fence)
    if marked.miss is None:
        return [f"the wrong fence {fence.misconception} passes"]
    if marked.miss is not Miss(said):
        return [f"the wrong fence {fence.misconception} fails by {marked.miss} ({marked.says}), its option says {said}"]
    return []


def _marked(exercise: Exercise, fence: Fence) -> Marked:
    if not exercise.is_sql:
        return exercise.mark({"matched": match_known(exercise.material, fence.code.rstrip("\n"), fence.line)})
    results = run_known(exercise.material, fence.code, fence.line)
    return exercise.mark({"runs": [result._asdict() for result in results]})
