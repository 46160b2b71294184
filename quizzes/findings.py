"""A text while it is read: its lines, and every complaint about them."""

import re
from dataclasses import dataclass, field
from pathlib import Path

_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\ue000-\uf8ff\ufeff]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One complaint about a deck: where it stands and what to do; `card` is "" when it is about the file."""

    path: str
    line: int
    card: str
    reason: str

    def __str__(self) -> str:
        """Return `file:line: card-id: reason`."""
        return ": ".join(part for part in (f"{self.path}:{self.line}", self.card, self.reason) if part)


class DeckError(ValueError):
    """Deck files that cannot be read. `findings` holds every complaint, in the order of the lines."""

    def __init__(self, findings: list[Finding]) -> None:
        """Keep the complaints; the message is one line for each of them."""
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, findings)))


@dataclass(slots=True)
class Page:
    """A deck file, or the text of one card, while it is read: its lines and the complaints so far."""

    path: str
    lines: list[str]
    findings: list[Finding] = field(default_factory=list)

    def complain(self, line: int, card: str, reason: str) -> None:
        """Add a complaint about a line, counted from 1; `card` is "" when it is about the file."""
        self.findings.append(Finding(self.path, line, card, reason))

    def complain_of_signs(self) -> None:
        """Complain about every line with a sign that nobody sees."""
        for number, line in enumerate(self.lines, 1):
            if sign := _INVISIBLE.search(line):
                self.complain(number, "", f"delete the invisible character U+{ord(sign[0]):04X}")

    def in_order(self) -> list[Finding]:
        """The complaints so far, by line."""
        return sorted(self.findings, key=lambda finding: finding.line)


def lines_of(path: Path) -> list[str]:
    """Return the lines of a UTF-8 file, the first at index 0; line ends of every kind become one.

    Raises DeckError when the file cannot be read or is not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DeckError([Finding(str(path), 0, "", f"cannot be read: {error.strerror}")]) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DeckError([Finding(str(path), line, "", "not UTF-8: save the file as UTF-8")]) from error
    return split_lines(text)


def split_lines(text: str) -> list[str]:
    """Return the lines of a text, whichever way its lines end."""
    return re.split(r"\r\n|\r|\n", text)


def quoted(text: str) -> str:
    """Return at most 40 characters of what stands in the file, so that a complaint stays one line."""
    return f'"{text.strip()[:40]}"'
