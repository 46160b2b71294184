"""Commands for card authors: flask decks check, lock, load, new, show, stats, statistics."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from portal.config import ROOT
from portal.db import commit
from portal.login import now
from portal.mentoring import refresher
from portal.quizzes import counting, loading, unchanged
from portal.roadmap import content
from quizzes import linting, locking, reading, sketching, tallying, telling, truth
from quizzes.cards import Ask, Card, Deck
from quizzes.findings import DeckError, Finding
from quizzes.misconceptions import read_misconceptions
from quizzes.truth import lock as truths
from quizzes.truth.versions import versions_of

DECKS = ROOT / "quizzes" / "decks"
STEP = 50  # cards from one line of progress to the next, where nobody looks at a terminal
decks = AppGroup("decks", help="Check and load the decks of cards.")
folder_option = click.option(
    "--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=DECKS, help="Other decks."
)
fresh_option = click.option("--fresh", "is_fresh", is_flag=True, help="Run every program again, remembered or not.")


def say(findings: Iterable[object]) -> int:
    """Put each on a line of its own, and count them."""
    count = 0
    for finding in findings:
        click.echo(str(finding), err=True)
        count += 1
    return count


@decks.command("check")
@folder_option
@click.option("--no-run", is_flag=True, help="Read and lint only; run no card.")
@fresh_option
def check_decks(folder: Path, no_run: bool, is_fresh: bool) -> None:
    """Prove every card: format, house rules, ids, keys. Says file, line and reason; exit 1 when anything is wrong.

    A program runs again only when its text or what is installed has changed.
    """
    found, findings = reading.collect_decks(folder)
    cards = _asked(found)
    kept = _text(folder / truths.LOCK)
    count = say(findings) + say(_lint(found, folder))
    count += 0 if findings else say(truths.gaps(cards, kept))
    proofs = [] if no_run else list(_proved(cards, folder, is_fresh))
    count += say(complaint for proof in proofs for complaint in proof.complaints)
    changed, others = truths.changes(cards, proofs, kept) if proofs else ([], 0)
    count += say(changed)
    if count:
        raise click.ClickException(f"{count} finding{'' if count == 1 else 's'}. Nothing was loaded.")
    if others:
        words = "answer came" if others == 1 else "answers came"
        click.echo(f"{others} {words} from other versions in {truths.LOCK}, and all are the same here.")
    if old := tallying.old_reviews(found, now().date()):
        click.echo(f"{len(old)} reviewed 18 months ago or earlier: flask decks stats names them.")
    ran = sum(proof.is_run for proof in proofs)
    click.echo(f"{len(found)} decks, {len(cards)} cards, no finding; {ran} keys proved by running.")


def _asked(found: Sequence[Deck]) -> list[Card]:
    return [card for deck in found for card in deck.cards if not card.is_retired]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _lint(found: Sequence[Deck], folder: Path) -> list[Finding]:
    try:
        misconceptions = read_misconceptions(folder)
    except DeckError as problem:
        return list(problem.findings)
    locked = locking.compare(found, _text(folder / locking.LOCK))
    return [*linting.lint(found, misconceptions, set(content.topic_ids())), *locked]


def _proved(cards: Sequence[Card], folder: Path, is_fresh: bool) -> Iterator[truth.Proof]:
    """The proofs, with a word on how far they are: one line that changes, or one line a `STEP`."""
    is_watched = sys.stderr.isatty()
    for number, proof in enumerate(truth.prove_all(cards, folder, is_fresh=is_fresh), 1):
        so_far = f"{number} of {len(cards)} cards, {cards[number - 1].deck}"
        if is_watched:
            click.echo(f"\r{so_far:<70}", nl=number == len(cards), err=True)
        elif number % STEP == 0:
            click.echo(so_far, err=True)
        yield proof


@decks.command("lock")
@folder_option
@fresh_option
def lock_decks(folder: Path, is_fresh: bool) -> None:
    """Write ids.lock and truth.lock anew: after adding cards, raising `rev:`, or mending a typing mistake."""
    found, findings = reading.collect_decks(folder)
    if say(findings):
        raise click.ClickException("The decks have mistakes. Nothing was written.")
    ids = folder / locking.LOCK
    ids.write_text(locking.write(found, _text(ids)), encoding="utf-8")
    kept, cards = folder / truths.LOCK, _asked(found)
    proofs = {proof.card_id: proof for proof in _proved(cards, folder, is_fresh)}
    kept.write_text(truths.write(cards, proofs, _text(kept), is_fresh), encoding="utf-8")
    unproved = say(complaint for proof in proofs.values() for complaint in proof.complaints)
    if unproved:
        raise click.ClickException(f"{ids.name} written; {kept.name} says nothing new of what is not proved.")
    click.echo(f"{ids.name} and {kept.name} written.")


@decks.command("load")
def load_decks() -> None:
    """Bring the deck files into the database; learners keep their progress. Does nothing where nothing has changed."""
    titles = {topic: content.topic_title(topic) for topic in content.topic_ids()}
    instance, before = Path(current_app.instance_path), unchanged.digest(DECKS.parent, titles)
    last, count = unchanged.remembered(instance)
    if last == before:
        return _say_loaded(loading.Loaded(same=count))
    found, findings = reading.collect_decks(DECKS)
    if say(findings):
        raise click.ClickException("The decks have mistakes. Nothing was loaded.")
    loaded = loading.load_decks(found, titles, now())
    commit()
    unchanged.remember(instance, unchanged.digest(DECKS.parent, titles), sum(len(deck.cards) for deck in found))
    return _say_loaded(loaded)


def _say_loaded(loaded: loading.Loaded) -> None:
    click.echo(
        f"{loaded.added} cards added, {loaded.changed} changed, {loaded.withdrawn} withdrawn, {loaded.same} as before."
    )


@decks.command("new")
@click.argument("card_id")
@click.option("--ask", type=click.Choice([ask.value for ask in Ask]), default=Ask.CHOICE.value, show_default=True)
@click.option("--engine", type=click.Choice(truth.ENGINES), default="python", show_default=True)
@click.option("--topic", default="", help="The roadmap's topic; that of the deck's last card by default.")
@click.option("--deck", default="", help="Append the card to this deck instead of printing it.")
@folder_option
def new_card(card_id: str, ask: str, engine: str, topic: str, deck: str, folder: Path) -> None:
    """Print a card to begin with, or append it to a deck: flask decks new sql-join-self --ask number --engine sql."""
    found = {one.id: one for one in reading.collect_decks(folder)[0]}
    if any(card.id == card_id for one in found.values() for card in one.cards):
        raise click.ClickException(f"There is a card {card_id} already.")
    if deck and deck not in found:
        raise click.ClickException(f"There is no deck {deck}; there are {', '.join(found)}.")
    topic = topic or (found[deck].cards[-1].topic if deck else "topic")
    text = sketching.sketch(card_id, Ask(ask), engine, topic, now().date())
    if not deck:
        return click.echo(text, nl=False)
    path = Path(found[deck].path)
    path.write_text(f"{path.read_text(encoding='utf-8').rstrip()}\n\n{text}", encoding="utf-8")
    return click.echo(f"{card_id} stands at the end of {path.name}. Write over it, then flask decks lock.")


@decks.command("show")
@click.argument("names", nargs=-1, required=True)
@click.option("--blind", "is_blind", is_flag=True, help="The question alone, to be answered before the key is known.")
@click.option("--seed", default=1, show_default=True, help="Another number, another order of options.")
@folder_option
def show_cards(names: Sequence[str], is_blind: bool, seed: int, folder: Path) -> None:
    """Print cards (by id, or whole decks): the question as a learner meets it, then key, reasons and proof."""
    cards = _asked(reading.collect_decks(folder)[0])
    for name in names:
        wanted = [card for card in cards if name in {card.id, card.deck}]
        if not wanted:
            raise click.ClickException(f"There is no card and no deck {name}.")
        for number, card in enumerate(wanted, 1):
            shown = telling.shown_card(card, seed)
            title = str(number) if is_blind else f"{number} {card.id}"  # many an id tells the key
            click.echo(f"--- {title}\n\n{telling.question(shown, seed)}\n")
            if not is_blind:
                click.echo(f"{telling.answer(shown, seed)}\n\n{_proof(card, folder)}\n")


def _proof(card: Card, folder: Path) -> str:
    proof = truth.prove_again(card, folder)
    if proof.complaints:
        return "\n".join(proof.complaints)
    if not proof.is_run:
        return f"Nothing runs it; reviewed on {card.reviewed}."
    return f'Proved: "check: {" ".join(card.check)}" gives {proof.computed!r}{_by(card)}.'


def _by(card: Card) -> str:
    versions = versions_of(card)
    return f" with {versions}" if versions else ""


@decks.command("stats")
@click.option("--csv", "is_csv", is_flag=True, help="As a spreadsheet reads it.")
@folder_option
def count_cards(is_csv: bool, folder: Path) -> None:
    """Say what the decks are made of: cards by level, ask and bloom; executed share; right-is-longest share."""
    found, today = reading.collect_decks(folder)[0], now().date()
    rows = tallying.table(tallying.tallies(found, today))
    for line in map(",".join, rows) if is_csv else tallying.aligned(rows):
        click.echo(line)
    for card in [] if is_csv else tallying.old_reviews(found, today):
        click.echo(f"reviewed more than 18 months ago: {card.id}, {card.reviewed}")


@decks.command("statistics")
@click.option("--verify", "is_proof", is_flag=True, help="Count nothing anew: compare what is kept with the log.")
def deck_statistics(is_proof: bool) -> None:
    """Count what first answers say of every card. `make run` does it by itself, once a day."""
    if not is_proof:
        click.echo(f"{refresher.count_bank()} cards counted.")
        return
    found = counting.verify(now())
    if count := say(found.differences):
        raise click.ClickException(f"{count} differences. flask decks statistics counts everything anew.")
    click.echo(f"{found.equal} cards equal the log, {found.waiting} wait for their next count.")
