"""A server under strace: what it wrote, what it had the disk keep and which answers it acknowledged, on one clock.

strace stops a thread before and after each call it looks at, and one strace looks at all of them. So its lines are a
clock: what a call did, it did between the line where it began and the line where it was done, and whatever follows from
it stands below. Every moment in here is the number of such a line.
"""

import re
import shutil
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

NEVER = 1 << 60
LONGEST = 70_000  # bytes of a call's text that are kept; a page of the database has 4,096
SYNCING = ("fsync", "fdatasync")
WRITING = "write writev pwrite64 pwritev pwritev2 ftruncate fallocate copy_file_range sendfile mmap".split()
NAMING = "openat unlink unlinkat rename renameat renameat2 truncate".split()
CALLS = [*SYNCING, *WRITING, *NAMING, "recvfrom", "recvmsg", "sendto", "sendmsg"]
CALL = re.compile(rb"(\w+)\((.*)\)\s+= (-?\d+|\?)", re.DOTALL)
ON_FILE = re.compile(rb"\d+<([^>]*)>")
TEXT = re.compile(rb'"([^"]*)"')
ANSWER = re.compile(rb"POST /quizzes/\S+/answer HTTP.*\btoken=([^.&]+)\.", re.DOTALL)
OK = b"HTTP/1.1 200 "


def why_not(folder: Path) -> str | None:
    """Why nothing can be traced here, as a sentence; None where it can. `folder` takes a small file."""
    if shutil.which("strace") is None:
        return "strace is not here (apt-get install strace)"
    command = ["strace", *_options(folder / "tried"), "true"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return None if ended.returncode == 0 else f"strace may not trace here: {ended.stderr.strip()}"


def tracer(trace: Path) -> list[str]:
    """The command that runs another one, as a child of whoever starts it, and writes `trace` from outside its group."""
    return ["strace", "-DDD", *_options(trace)]


def _options(trace: Path) -> list[str]:
    options = ["-f", "-y", "-xx", "-s", str(LONGEST), "-e", "signal=none", "--seccomp-bpf", "-o", str(trace)]
    return [*options, "-e", f"trace={','.join(CALLS)}"]


def wait_for(trace: Path) -> None:
    """Until the end of the server stands in the trace, which strace writes a moment after it."""
    deadline = time.monotonic() + 60
    while not _is_whole(trace):
        assert time.monotonic() < deadline, f"{trace} has no end"
        time.sleep(0.05)


def _is_whole(trace: Path) -> bool:
    with trace.open("rb") as lines:
        first = lines.readline().partition(b" ")[0]
        lines.seek(max(0, trace.stat().st_size - 10_000))
        return re.search(rb"^%b +\+\+\+ .* \+\+\+$" % first, lines.read(), re.MULTILINE) is not None


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes put into a file; or, where `is_end`, none: the file was made to end at `offset`."""

    begun: int
    done: int
    thread: bytes
    offset: int
    content: bytes
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class Sync:
    """Somebody waited until the disk had a file: what was written before `begun` stays once it is `done`."""

    begun: int
    done: int
    thread: bytes


@dataclass
class Tape:
    """What the trace says of a database: writes and syncs of its two files, syncs of their folder, acknowledgements.

    `acknowledged` are (moment, token): the first byte of the 200 is about to go out; of an answer that was sent twice
    there are two. `sent` are the tokens of all answers that came in. `made` is when the log was made. `strange` are
    calls on the two files that no `Write` tells.
    """

    writes: dict[Path, list[Write]] = field(default_factory=lambda: defaultdict(list))
    syncs: dict[Path, list[Sync]] = field(default_factory=lambda: defaultdict(list))
    acknowledged: list[tuple[int, str]] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    made: int = NEVER
    strange: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Call:
    """A call as strace tells it: `rest` are its arguments, `gave` what it came back with, both as written."""

    begun: int
    done: int
    thread: bytes
    name: str
    rest: bytes
    gave: bytes

    @property
    def texts(self) -> list[bytes]:
        """Its texts, in plain bytes."""
        return [_plain(text) for text in TEXT.findall(self.rest)]


def read_tape(trace: Path, database: Path) -> Tape:
    """What a trace says of this database. Calls that failed did nothing."""
    log = database.with_name(f"{database.name}-wal")
    paths = {_written(path): path for path in (database, log, database.parent)}
    tape, heard = Tape(), defaultdict[bytes, bytes](bytes)
    for call in _calls(trace):
        file = ON_FILE.match(call.rest)
        where = file[1] if file else b""
        if where.startswith(SOCKET):
            _talk(tape, heard, where, call)
        elif where in paths and not call.gave.startswith(b"-"):
            _touch(tape, paths[where], call)
        elif any(text in paths and paths[text] != database.parent for text in _named(call.rest)):
            _name(tape, log, call)
    return tape


def _calls(trace: Path) -> Iterator[Call]:
    """Every call in the order in which they were done; those that never came back are told at the end."""
    begun: dict[bytes, tuple[int, bytes]] = {}
    with trace.open("rb") as lines:
        for at, line in enumerate(lines):
            thread, _, rest = line.rstrip().partition(b" ")
            rest = rest.lstrip()
            if rest.startswith(b"+++"):
                continue
            if rest.endswith(b"<unfinished ...>"):
                begun[thread] = at, rest.removesuffix(b"<unfinished ...>")
                continue
            since, start = at, b""
            if rest.startswith(b"<... "):
                since, start = begun.pop(thread)
                rest = rest.partition(b" resumed>")[2]
            if found := CALL.match(start + rest):
                yield Call(since, at, thread, found[1].decode(), found[2], found[3])
    for thread, (since, start) in begun.items():
        if found := CALL.match(start.rstrip(b", ") + b") = ?"):
            yield Call(since, NEVER, thread, found[1].decode(), found[2], found[3])


def _touch(tape: Tape, path: Path, call: Call) -> None:
    if call.name in SYNCING:
        tape.syncs[path].append(Sync(call.begun, call.done, call.thread))
    elif call.name == "pwrite64":
        (content,), offset = call.texts, int(call.rest.rpartition(b",")[2])
        is_known = call.done == NEVER or len(content) == int(call.gave)
        assert is_known, f"line {call.done}: {len(content)} bytes are known, {call.gave!r} were written"
        tape.writes[path].append(Write(call.begun, call.done, call.thread, offset, content))
    elif call.name == "ftruncate":
        tape.writes[path].append(
            Write(call.begun, call.done, call.thread, int(call.rest.rpartition(b",")[2]), b"", True)
        )
    elif path.suffix:
        tape.strange.append((call.begun, f"{call.name} {path.name}"))


def _talk(tape: Tape, heard: dict[bytes, bytes], socket: bytes, call: Call) -> None:
    """A request comes in pieces; the number of a socket comes again when it is closed, so an answer forgets it."""
    text = call.texts[0] if call.texts else b""
    if call.name.startswith("recv"):
        heard[socket] += text
    elif asked := ANSWER.match(heard.pop(socket, b"")):
        token = asked[1].decode()
        tape.sent.add(token)
        if text.startswith(OK):
            tape.acknowledged.append((call.begun, token))


def _name(tape: Tape, log: Path, call: Call) -> None:
    """A call that names one of the two files."""
    if call.name != "openat" or b"O_TRUNC" in call.rest:
        tape.strange.append((call.begun, call.name))
    elif _plain(TEXT.findall(call.rest)[0]) == str(log).encode() and not call.gave.startswith(b"-"):
        tape.made = min(tape.made, call.done)


def _named(rest: bytes) -> list[bytes]:
    return [text for pair in re.findall(rb'"([^"]*)"|<([^>]*)>', rest[:2000]) for text in pair]


def _written(path: Path) -> bytes:
    return "".join(f"\\x{byte:02x}" for byte in str(path).encode()).encode()


def _plain(text: bytes) -> bytes:
    return bytes.fromhex(text.replace(b"\\x", b"").decode())


SOCKET = _written(Path("socket:["))
