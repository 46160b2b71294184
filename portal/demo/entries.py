"""The journals of invented learners: daily entries out of what they studied, look-backs, and longer texts."""

import tomllib
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2s
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.db import db
from portal.demo.people import Learner, StudiedDay
from portal.demo.year import Year
from portal.journal import actions, links, queries
from portal.journal.actions import DraftText, Writing
from portal.journal.models import Entry
from quizzes.simulating import Spell

DAILY, LATEST = 56, 5  # entries about ordinary days, and how many of them are about the last such days
EDITED, DELETED = 11, 40  # every 11th daily entry was saved again; on the day of the 40th one was thrown away
TAGS = {"sql": "sql", "bigo": "big-o", "http": "http", "security": "security"}
_TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Text:
    """An entry to be written: `before` is what it said first, if it was saved twice; `kind` the template behind it."""

    day: StudiedDay
    body: str
    tags: Sequence[str] = ()
    minutes: int | None = None
    before: str | None = None
    kind: str = "daily"


class Lines:
    """Sentences in an order of the seed's, each given once."""

    def __init__(self, lines: Iterable[str], seed: int) -> None:
        self._left = sorted(lines, key=lambda line: digest(seed, line), reverse=True)

    def __bool__(self) -> bool:
        return bool(self._left)

    def take(self) -> str:
        """The next sentence; "" when none is left."""
        return self._left.pop() if self._left else ""


@dataclass
class Diary:
    """What is left to say on ordinary days, and what was said. `says` are the beliefs behind wrong options."""

    seed: int
    says: Mapping[str, str]
    lines: dict[str, Lines] = field(init=False)
    topics: dict[str, Lines] = field(init=False)
    told: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        texts = _read("daily")
        self.topics = {topic: Lines(lines, self.seed) for topic, lines in texts.pop("topics").items()}
        self.lines = {name: Lines(lines, self.seed) for name, lines in texts.items()}

    def write(self, day: StudiedDay, number: int) -> Text:
        """An entry about a day; `number` decides its shape."""
        opening, own = self._opening(day, number), self._own(day)
        shape = (self._prose, self._prepared, self._prose, self._listed, self._tasks)[number % 5]
        body = shape(day, opening, own)
        minutes = 10 + 5 * (digest(self.seed, day.day)[0] % 12)
        before = body.rpartition("\n\n")[0] if number % EDITED == 4 else None
        return Text(day, body, tags_of(day.topics), minutes, before or None)

    def _opening(self, day: StudiedDay, number: int) -> str:
        of_the_hour = self.lines["morning" if 4 <= day.hour < 10 else "evening" if day.hour >= 18 else "any"]
        return self._filled((of_the_hour if number % 2 else self.lines["any"]) or of_the_hour, day)

    def _own(self, day: StudiedDay) -> str:
        known = (self.topics[topic] for topic in day.topics if self.topics.get(topic))
        return self._filled(next(known, self.lines["general"]), day)

    def _filled(self, lines: Lines, day: StudiedDay) -> str:
        topic = f"*{next(iter(day.topics.values()))}*"
        return filled(lines.take(), topic=topic, answers=len(day.answers), minutes=max(2, day.minutes))

    def _caught(self, day: StudiedDay) -> str:
        found = next(self._new_beliefs(day), None) if self.lines["caught"] else None
        return filled(self.lines["caught"].take(), says=found[1]) if found else ""

    def _new_beliefs(self, day: StudiedDay) -> Iterator[tuple[str, str]]:
        for name, topic in day.missed.items():
            if name in self.says and name not in self.told:
                self.told.add(name)
                yield topic, self.says[name]

    def _prose(self, day: StudiedDay, opening: str, own: str) -> str:
        return joined(f"{opening} {own}".strip(), self._caught(day))

    def _prepared(self, day: StudiedDay, opening: str, own: str) -> str:
        worked = "\n".join(f"- [[{topic}]]" for topic in list(day.topics)[:4])
        ahead = self._filled(self.lines["next"], day)
        after = f"## Next time\n\n- {ahead}" if ahead else ""
        return joined(opening, f"## What I worked on\n\n{worked}", own and f"## In my own words\n\n{own}", after)

    def _listed(self, day: StudiedDay, opening: str, own: str) -> str:
        beliefs = [f"- [[{topic}]]: I thought “{says}”" for topic, says in islice(self._new_beliefs(day), 3)]
        again = "## What did not come back to me\n\n" + "\n".join(beliefs) if beliefs else ""
        return joined(opening, again, own)

    def _tasks(self, day: StudiedDay, opening: str, own: str) -> str:
        tasks = [task for _ in range(2) if (task := self._filled(self.lines["tasks"], day))]
        marks = [f"- [{'x' if number == 0 else ' '}] {task}" for number, task in enumerate(tasks)]
        return joined(opening, "\n".join(marks), own)


def keep_journal(learner: Learner, year: Year, says: Mapping[str, str]) -> int:
    """Write Ada's journal by the journal's own actions; the number of entries."""
    spells = {"slump": year.slump, "summer": year.summer, "flu": year.flu}
    texts = {text.day.day: text for text in longer(learner, "ada", spells)}
    for text in look_backs(learner):
        texts.setdefault(text.day.day, text)
    free = [day for day in learner.studied if day.day not in texts]
    free = _spread(learner.seed, free)
    diary = Diary(learner.seed, says)
    texts |= {day.day: diary.write(day, number) for number, day in enumerate(free)}
    for day in sorted(texts):
        keep(learner, texts[day])
    _throw_away(learner, free)
    _look_again(learner)
    _begin_draft(learner, year.until)
    return len(texts)


def _spread(seed: int, days: Sequence[StudiedDay]) -> list[StudiedDay]:
    """The days that get a daily entry: some of all, and the latest ones."""
    picked = sorted(days[:-LATEST], key=lambda day: digest(seed, "diary", day.day))[: DAILY - LATEST]
    return sorted([*picked, *days[-LATEST:]], key=lambda day: day.day)


def keep_longer(learner: Learner, name: str) -> int:
    """Write the texts of one file and nothing else; the number of entries."""
    texts = longer(learner, name, {})
    for text in texts:
        keep(learner, text)
    return len(texts)


def longer(learner: Learner, name: str, spells: Mapping[str, Spell]) -> list[Text]:
    """The longer texts of a file, each on a day of study of its own."""
    free, found = list(learner.studied), []
    for row in _read(name)["entry"]:
        if not free:
            break
        wanted = _wanted(learner, row, spells)
        day = next((one for one in free if one.day >= wanted), free[-1])
        free.remove(day)
        body = row["body"].strip().replace("{year}", str(day.day.year))
        before, kind = row.get("before", "").strip() or None, row.get("kind", "daily")
        found.append(Text(day, body, row["tags"], row["minutes"], before, kind))
    return found


def _wanted(learner: Learner, row: Mapping[str, Any], spells: Mapping[str, Spell]) -> date:
    if "spell" in row:
        return spells[row["spell"]].last + timedelta(days=1)
    return learner.lived[0].day + timedelta(days=int(row["at"] * len(learner.lived)))


def look_backs(learner: Learner) -> list[Text]:
    """A look-back every other week, on its last day of study, where the week had three such days."""
    lines = {name: Lines(found, learner.seed) for name, found in _read("weekly").items()}
    weeks: dict[date, list[StudiedDay]] = {}
    for day in learner.studied:
        weeks.setdefault(day.day - timedelta(days=day.day.weekday()), []).append(day)
    full = [week for monday, week in weeks.items() if len(week) >= 3 and monday.toordinal() // 7 % 2]
    return [_look_back(week, lines) for week in full if all(lines.values())]


def _look_back(week: Sequence[StudiedDay], lines: Mapping[str, Lines]) -> Text:
    seen = Counter(title for day in week for title in day.topics.values())
    missed = Counter(card.topic_title for day in week for act, card in day.answers if act.event.is_right is False)
    right, answers = (sum(getattr(day.lived.tally, name) for day in week) for name in ("right", "answers"))
    facts = {
        "days": ("Three", "Four", "Five", "Six", "Seven")[len(week) - 3],
        "answers": answers,
        "percent": round(100 * right / answers),
        "topic": f"*{seen.most_common(1)[0][0]}*",
        "weak": f"*{(missed or seen).most_common(1)[0][0]}*",
    }
    well, hard, can, ahead = (filled(lines[name].take(), **facts) for name in ("well", "hard", "can", "next"))
    body = joined(
        f"## What went well\n\n{well}",
        f"## What was hard\n\n{hard}",
        f"## What I can do now that I could not a week ago\n\n{can}",
        f"## Next week I will\n\n- {ahead}",
    )
    return Text(week[-1], body, ["look-back"], 20, kind="weekly")


def keep(learner: Learner, text: Text) -> int:
    """Write an entry some minutes after the day's last card, and save it again where it changed; its id."""
    written_at = text.day.ended_at + timedelta(minutes=6 + digest(learner.seed, text.body)[0] % 40)
    token = urlsafe_b64encode(digest(learner.seed, text.day.day, text.body)[:9]).decode()
    named = links.named(text.body, learner.id)
    writing = Writing(text.day.day, text.body, sorted(text.tags), text.minutes, named, text.kind)
    first = writing if text.before is None else replace(writing, body=text.before)
    entry_id = actions.write_entry(learner.id, token, first, written_at)
    if text.before is not None:
        entry = queries.find_entry(learner.id, entry_id)
        assert entry is not None, "it was just written"
        actions.save_entry(entry, 1, writing, written_at + timedelta(minutes=25))
    return entry_id


def _look_again(learner: Learner) -> None:
    """The first decision was looked at again; the others wait for it, as soon as three months have passed."""
    of_learner = (Entry.learner_id == learner.id, Entry.kind == queries.DECISION)
    first = db.session.scalars(select(Entry).where(*of_learner).order_by(Entry.day).limit(1)).one()
    looked_on = first.day + queries.LOOK_AGAIN_AFTER
    actions.look_at(first, next(day.day for day in learner.studied if day.day >= looked_on))


def _throw_away(learner: Learner, days: Sequence[StudiedDay]) -> None:
    if len(days) > DELETED:
        day = days[DELETED]
        entry = queries.find_entry(learner.id, keep(learner, Text(day, "Just a test of the form on my phone.")))
        assert entry is not None, "it was just written"
        actions.delete_entry(entry, entry.written_at + timedelta(minutes=2))


def _begin_draft(learner: Learner, day: date) -> None:
    """What she was writing when the tab closed."""
    body = "Cards later, first a thought before I lose it: the slow page is slow because of "
    token = urlsafe_b64encode(digest(learner.seed, "draft")[:9]).decode()
    moment = datetime.combine(day, time(4), UTC)
    actions.keep_draft(learner.id, DraftText(0, 0, token, day.isoformat(), body, "lending-app", "15"), moment)


def tags_of(topics: Iterable[str]) -> list[str]:
    """The tags of the areas these topics belong to, two at most."""
    areas = dict.fromkeys(topic.partition(".")[0] for topic in topics)
    return sorted(TAGS.get(area, area) for area in list(areas)[:2])


def joined(*parts: str) -> str:
    """Paragraphs, without empty ones."""
    return "\n\n".join(part for part in parts if part)


def filled(line: str, **facts: object) -> str:
    """A sentence with the day's own words; the first letter is a capital."""
    for name, value in facts.items():
        line = line.replace(f"{{{name}}}", str(value))
    start = next((place for place, letter in enumerate(line) if letter not in "*“"), 0)
    return line[:start] + line[start : start + 1].upper() + line[start + 1 :]


def digest(*names: object) -> bytes:
    """32 bytes that only these names decide."""
    return blake2s(repr(names).encode()).digest()


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_TEXTS / f"{name}.toml").read_text())
