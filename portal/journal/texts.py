"""Texts of the journal: prepared ones, tags as they are typed, Markdown as it is shown."""

import re
import unicodedata
from datetime import date

from portal.journal.queries import StudyDay

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
_TAG = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_HEADING = re.compile(r"<(/?)h([1-6])>")
_FENCE = re.compile(r"^(```|~~~).*?(^\1|\Z)", re.DOTALL | re.MULTILINE)
_MARKS = re.compile(
    r"^[\s>]*(?:#{1,6}\s+|[-*+]\s+|\d+[.)]\s+)?|`+|(?<![^\W_])(?:\*\*|__)|(?:\*\*|__)(?![^\W_])"
    r"|(?<![\w(])\*(?=\w)|(?<=\w)\*(?!\w)",
    re.MULTILINE,
)


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


def rendered(body: str, below: int = 1, coloured: int = COLOURED) -> str:
    """Markdown as safe HTML. Its headings begin below the page's own: `below` h1 in an entry."""
    from quizzes.rendering import render_markdown

    return _HEADING.sub(lambda tag: f"<{tag[1]}h{min(6, int(tag[2]) + below)}>", render_markdown(body, coloured))


def rendered_comment(body: str) -> str:
    """A comment's Markdown as safe HTML, below the h3 of its thread. A page may hold hundreds: less gets colours."""
    return rendered(body, 3, COLOURED_OF_A_COMMENT)


def plain(text: str) -> str:
    """Markdown as plain words in one line, the code with them."""
    return " · ".join(" ".join(line.split()) for line in _MARKS.sub("", text).splitlines() if line.strip())


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
    """ "45 minutes", "2 h 05"."""
    if minutes < 60:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{minutes // 60} h {minutes % 60:02}"
