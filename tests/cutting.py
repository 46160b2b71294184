"""What a disk may hold after the power went: the two files of a SQLite database, made anew from the trace of a server.

The model. A file is *safe* as it was at its last sync that came back: by any thread of any process, through whichever
descriptor, and with what was written before that sync began. Of everything written since, and while it ran, the disk
may have any part, in any order, in sectors of 512 bytes or pages of 4,096: each of them as it is safe, or as one of
the later writes left it. A file may have grown without the bytes it grew by; then it holds zeros there. A file that was
made is there for sure once its folder was synced. The end of a file (`ftruncate`) is kept or not like a block of
its own. `-shm` lives in memory, so it is never there.

What it leaves out: a drive that says "kept" and did not keep, sectors that rot or are torn within their 512 bytes, a
write that spoils its neighbours, a second cut while the first is being mended, and everything else that changes the two
files while people answer (`Tape.strange` has such calls, and the test demands that there are none).
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tracing import NEVER, Sync, Tape, Write

SECTOR, PAGE = 512, 4096
END = -1
LOG_HEADER = 32  # bytes of the log before its first frame
NOTHING, EVERYTHING, FIRST, PAGES, SECTORS, TORN = (
    "nothing",
    "everything",
    "the first writes",
    "some pages",
    "some sectors",
    "a torn last write",
)
MIXED = [(EVERYTHING, NOTHING), (NOTHING, EVERYTHING)]
DRAWS = [(how, how) for how in (NOTHING, EVERYTHING, FIRST, PAGES, SECTORS, TORN)] + MIXED  # of database and log
Syncs = dict[Path, list[Sync]]


@dataclass(frozen=True)
class Draw:
    """How many of the loose writes on a block are on the disk; blocks without any are left out."""

    size: int
    kept: tuple[tuple[int, int], ...]
    is_grown: bool = False


@dataclass(frozen=True)
class Side:
    """A file at a cut: what is safe of it, and the writes that may be there or not. `is_sure`: so is the file."""

    safe: bytearray
    loose: list[Write]
    is_sure: bool = True

    def draw(self, how: str, chance: random.Random) -> Draw:
        """One of the things that may have become of it."""
        size = PAGE if how == PAGES else SECTOR
        touched = _touched(self.loose, size)
        if how == FIRST:
            counts = _touched(self.loose[: chance.randint(0, len(self.loose))], size)
        elif how == TORN:
            counts = touched - Counter(block for block in _touched(self.loose[-1:], size) if chance.random() < 0.5)
        elif how in (PAGES, SECTORS):
            counts = Counter({block: chance.randint(0, writes) for block, writes in touched.items()})
        else:
            counts = touched if how == EVERYTHING else Counter()
        kept = tuple(sorted((block, count) for block, count in counts.items() if count))
        is_grown = bool(kept) and how in (PAGES, SECTORS) and chance.random() < 0.5
        return Draw(size if kept else 0, kept, is_grown)

    def bytes_of(self, draw: Draw) -> bytearray:
        """The file as this draw leaves it."""
        content, kept, seen = bytearray(self.safe), dict(draw.kept), Counter[int]()
        for write in self.loose if kept else ():
            for block in _blocks(write, draw.size):
                seen[block] += 1
                if seen[block] <= kept.get(block, 0):
                    _apply(content, write, block * draw.size, (block + 1) * draw.size)
            if draw.is_grown:
                _grow(content, write.offset + len(write.content))
        return content


@dataclass(frozen=True)
class Image:
    """The two files as they may be found; no log, where it is not sure that there is one."""

    how: tuple[str, str]
    database: bytearray
    log: bytearray | None

    def lay(self, path: Path) -> None:
        """Put them there, as the only ones."""
        log = path.with_name(f"{path.name}-wal")
        for old in (log, path.with_name(f"{path.name}-shm")):
            old.unlink(missing_ok=True)
        path.write_bytes(self.database)
        if self.log is not None:
            log.write_bytes(self.log)


@dataclass(frozen=True)
class Disk:
    """A database on a disk: its file when the trace began (there was no log then), and what became of it."""

    begun_with: bytes
    database: Path
    tape: Tape
    syncs: Syncs

    @property
    def log(self) -> Path:
        """SQLite's write-ahead log."""
        return self.database.with_name(f"{self.database.name}-wal")

    def sides(self, cut: int) -> tuple[Side, Side]:
        """Database and log when the power goes at this moment."""
        is_sure = self._safe_from(self.database.parent, cut) > self.tape.made
        return self._side(self.database, self.begun_with, cut), replace(self._side(self.log, b"", cut), is_sure=is_sure)

    def images(self, cut: int, chance: random.Random) -> Iterator[Image]:
        """What may be found after this cut: each of `DRAWS`, those that come to the same only once."""
        database, log = self.sides(cut)
        met: set[tuple[Draw, Draw | None]] = set()
        for how in DRAWS:
            of_database, of_log = database.draw(how[0], chance), log.draw(how[1], chance)
            is_there = log.is_sure or how[1] != NOTHING
            if (key := (of_database, of_log if is_there else None)) not in met:
                met.add(key)
                yield Image(how, database.bytes_of(of_database), log.bytes_of(of_log) if is_there else None)

    def written(self) -> tuple[bytes, bytes]:
        """Database and log as everybody saw them in the end."""
        database, log = self.sides(NEVER - 1)
        chance = random.Random()
        ends = [side.bytes_of(side.draw(EVERYTHING, chance)) for side in (database, log)]
        return bytes(ends[0]), bytes(ends[1])

    def acknowledged(self, cut: int) -> set[str]:
        """Tokens of the answers that were acknowledged by then."""
        return {token for moment, token in self.tape.acknowledged if moment <= cut}

    def copying(self) -> list[tuple[int, int]]:
        """(first write, sync) of each time that the log was copied into the database."""
        writes, spans = self.tape.writes[self.database], []
        before = -1
        for sync in self.syncs[self.database]:
            if begun := [write.begun for write in writes if before < write.begun < sync.begun]:
                spans.append((begun[0], sync.begun))
            before = sync.begun
        return spans

    def without_syncs_of_commits(self) -> "Disk":
        """The same with the syncs alone that SQLite makes at synchronous=NORMAL: of the head of a new log, and of the
        log before it is copied. It keeps a database whole, and no answer.
        """
        log = [sync for sync in self.syncs[self.log] if not self._is_of_commit(sync)]
        return replace(self, syncs={**self.syncs, self.log: log})

    def _is_of_commit(self, sync: Sync) -> bool:
        of_database, of_log = (self._of_thread(path, sync.thread) for path in (self.database, self.log))
        before = [write for write in of_log if write.done < sync.begun]
        after = [write for write in (*of_database, *of_log) if write.begun > sync.done]
        is_of_head = bool(before) and before[-1].offset + len(before[-1].content) <= LOG_HEADER
        is_of_copying = bool(after) and min(after, key=lambda write: write.begun) in of_database
        return not is_of_head and not is_of_copying

    def _of_thread(self, path: Path, thread: bytes) -> list[Write]:
        return [write for write in self.tape.writes[path] if write.thread == thread]

    def _side(self, path: Path, begun_with: bytes, cut: int) -> Side:
        safe_from, content = self._safe_from(path, cut), bytearray(begun_with)
        written = [write for write in self.tape.writes[path] if write.begun <= cut]
        for write in written:
            if write.done < safe_from:
                _apply(content, write)
        return Side(content, [write for write in written if write.done >= safe_from])

    def _safe_from(self, path: Path, cut: int) -> int:
        """When the last sync began that had come back by then."""
        return max((sync.begun for sync in self.syncs.get(path, ()) if sync.done <= cut), default=-1)


def _blocks(write: Write, size: int) -> range:
    """The blocks it touches; the end of a file is a block of its own."""
    if write.is_end:
        return range(END, END + 1)
    return range(write.offset // size, (write.offset + len(write.content) - 1) // size + 1)


def _touched(writes: list[Write], size: int) -> Counter[int]:
    return Counter(block for write in writes for block in _blocks(write, size))


def _apply(content: bytearray, write: Write, begin: int = 0, end: int = NEVER) -> None:
    """As much of it as falls between two places of the file."""
    if write.is_end:
        del content[write.offset :]
        _grow(content, write.offset)
    else:
        begin, end = max(write.offset, begin), min(write.offset + len(write.content), end)
        _grow(content, begin)
        content[begin:end] = write.content[begin - write.offset : end - write.offset]


def _grow(content: bytearray, size: int) -> None:
    content.extend(bytes(max(0, size - len(content))))
