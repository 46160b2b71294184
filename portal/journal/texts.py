"""Texts of the journal: prepared ones, tags as they are typed, Markdown as it is shown."""

import re
import unicodedata
from datetime import date

from portal.journal.queries import StudyDay
from portal.login import me_or_none
from portal.markup import washed

MOST_TAGS, LONGEST_TAG, EXCERPT = 8, 40, 180
COLOURED, COLOURED_OF_A_COMMENT = 3_000, 300  # characters of code
TEMPLATES = {
    "daily": "Today",
    "weekly": "The week",
    "decision": "A decision",
    "contribution": "A contribution",
    "exercise": "An exercise",
}
_PREPARED = {
    "weekly": (
        "## What went well\n\n\n## What was hard\n\n\n## What I can do now that I could not a week ago\n\n\n"
        "## Next week I will\n\n- \n"
    ),
    "decision": (
        "## What I decide\n\n\n## Reasons for it\n\n- \n\n## What speaks against it\n\n- \n\n"
        "## What else I could have done\n\n- \n\n## How I will see whether it was right\n\n"
    ),
    "contribution": (
        "## Project and issue\n\n- Project: \n- Issue: \n- Pull request: \n\n## What I changed, and why\n\n\n"
        "## What the review said\n\n\n## What I take with me\n\n"
    ),
    "exercise": (
        "## The exercise\n\n\n## My solution\n\n```python\n\n```\n\n## How it grows\n\n- Time: \n- Memory: \n\n"
        "## Where I was stuck\n\n"
    ),
}
_SECTION = re.compile(r"^## (The exercise|My solution|How it grows|Where I was stuck)[ \t]*$", re.MULTILINE)
_TAG = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_TASK = re.compile(r"<li>(\n<p>)?\[([ xX])\](?=[\s<])")
_HEADING = re.compile(r"<(/?)h([1-6])>")
_FENCE = re.compile(r"^(```|~~~).*?(^\1|\Z)", re.DOTALL | re.MULTILINE)
_MARKS = re.compile(
    r"^[\s>]*(?:#{1,6}\s+|[-*+]\s+|\d+[.)]\s+)?(?:\[[ xX]\]\s+)?"
    r"|\[\[|\]\]|`+|(?<![^\W_])(?:\*\*|__)|(?:\*\*|__)(?![^\W_])|(?<![\w(])\*(?=\w)|(?<=\w)\*(?!\w)",
    re.MULTILINE,
)
_RULE = re.compile(r"^[\s|:-]+$", re.MULTILINE)  # the line under a table's head, and between paragraphs
_ROW = re.compile(r"^\s*\|.*$", re.MULTILINE)


class TagError(ValueError):
    """What was typed as tags cannot be kept; the message says why."""


def prepared(template: str, day: StudyDay) -> str:
    """The Markdown a new entry begins with. `template` is a key of TEMPLATES; only the daily one needs the day."""
    if template != "daily":
        return _PREPARED[template]
    learnt = "".join(f"- {title}\n" for title in day.topics) or "- \n"
    lapsed = "".join(f"- {title}: \n" for title in day.lapsed)
    again = f"## What did not come back to me\n\n{lapsed}\n" if lapsed else ""
    return f"## What I worked on\n\n{learnt}\n{again}## In my own words\n\n\n## Next time\n\n- \n"


def kind_of(template: str, body: str) -> str:
    """What sort of entry this is: its text may have been begun from another template than its form says, in a draft."""
    first = {text.partition("\n")[0]: name for name, text in _PREPARED.items()}
    return first.get(body.lstrip().partition("\n")[0].rstrip(), template)


def follow_up(entry_id: int) -> str:
    """The Markdown of a note about a decision that was looked at again."""
    return f"After [[entry:{entry_id}]]\n\n## What came of it\n\n\n## Would I decide so again?\n\n"


def exercise_of(body: str) -> tuple[str, str] | None:
    """(exercise, solution) of an entry that keeps the headings of the exercise template, if both say something."""
    _, *found = _SECTION.split(body)
    parts = {title: text.strip() for title, text in zip(found[::2], found[1::2], strict=True)}
    exercise, solution = parts.get("The exercise", ""), parts.get("My solution", "")
    return (exercise, solution) if exercise and solution.strip("` \n").removeprefix("python").strip() else None


def read_tags(text: str) -> list[str]:
    """Tags out of a line such as "SQL, Big O": lower case, hyphens inside, each once, sorted. Raises TagError."""
    typed = [part.strip().lstrip("#") for part in unicodedata.normalize("NFC", text).lower().split(",")]
    tags = sorted({re.sub(r"[\s_]+", "-", part) for part in typed if part})
    if len(tags) > MOST_TAGS:
        raise TagError(f"Use at most {MOST_TAGS} tags.")
    for tag in tags:
        if len(tag) > LONGEST_TAG:
            raise TagError(f"Use at most {LONGEST_TAG} characters for a tag.")
        if not _TAG.fullmatch(tag):
            raise TagError(f"A tag is made of letters, digits and hyphens; “{tag}” is not.")
    return tags


def rendered(body: str) -> str:
    """An entry's Markdown as safe HTML. Headings begin below those of the page around it.

    Names in [[...]] become links as far as whoever is signed in may see what they name.
    """
    from portal.journal.links import linked

    html = _shown(body, 1, COLOURED)
    who = me_or_none() if "[[" in html else None
    return washed(linked(html, who.id if who else None))


def rendered_comment(body: str, below: int) -> str:
    """A comment as safe HTML, below the heading of its thread. A page may hold hundreds: less of each gets colours."""
    return washed(_shown(body, below, COLOURED_OF_A_COMMENT))


def _shown(body: str, below: int, coloured: int) -> str:
    from quizzes.rendering import render_markdown

    html = _below(render_markdown(body, coloured), below)
    return _TASK.sub(_task, html)


def _below(html: str, above: int) -> str:
    """The headings of a text below those of its page, no level left out, whatever the text begins with."""
    levels = sorted({tag[2] for tag in _HEADING.finditer(html)})
    return _HEADING.sub(lambda tag: f"<{tag[1]}h{min(6, levels.index(tag[2]) + 1 + above)}>", html)


def plain(text: str) -> str:
    """Markdown as plain words in one line, the code with them."""
    text = _ROW.sub(lambda row: row[0].replace("|", " "), _RULE.sub("", _MARKS.sub("", text)))
    return " · ".join(" ".join(line.split()) for line in text.splitlines() if line.strip())


def _task(item: re.Match[str]) -> str:
    """An item to tick off says in words whether it is done; its box is drawn by the sheet."""
    classes, words = ("task", "To do:") if item[2] == " " else ("task done", "Done:")
    return f'<li class="{classes}">{item[1] or ""}<span class="visually-hidden">{words}</span>'


def excerpt(start: str) -> str:
    """The first words of an entry as plain text, without headings nobody wrote a word below."""
    text = plain(_FENCE.sub("", start))
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT].rsplit(' ', 1)[0]} …"


def day_in_words(day: date) -> str:
    """ "Sunday, 22 November 2026"."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def days_in_words(days: tuple[date, date]) -> str:
    """The first and the last of some days: "Sunday, 22 November 2026", "November 2026", "2026"."""
    first, last = days
    if first == last:
        return day_in_words(first)
    return f"{first:%B %Y}" if first.month == last.month else str(first.year)


def minutes_in_words(minutes: int) -> str:
    """ "45 minutes", "2 h 05", "3 h"."""
    if minutes < 60:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{minutes // 60} h {minutes % 60:02}" if minutes % 60 else f"{minutes // 60} h"
