"""Runs a program in a process of its own: an empty environment, and limits of time and of output."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

MAX_MEMORY_BYTES = 2**30
MAX_FILE_BYTES = 2**18
PATH = "/usr/bin:/bin"


class RunError(ValueError):
    """The program ran over its time, wrote too much or left without finishing."""


def run_alone(
    command: Sequence[str],
    folder: Path,
    limit_seconds: float,
    source: str = "",
    environment: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
) -> tuple[str, int]:
    """Run a command in `folder`, which is its HOME too; return its output as it is, and its exit status.

    `source` is its standard input, `environment` comes on top of PATH, HOME, LANG and TZ, and `pass_fds` stay
    open in it. What it leaves running is ended with it. The command itself sets the limits of memory and of
    files. Raises RunError when it does not end in time or writes more than 256 kB.
    """
    with TemporaryFile() as given, TemporaryFile() as output:
        given.write(source.encode())
        given.seek(0)
        child = subprocess.Popen(  # noqa: S603 - authors' programs, in the check and in tests only
            command,
            stdin=given,
            stdout=output,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={"PATH": PATH, "HOME": str(folder), "LANG": "C.UTF-8", "TZ": "UTC", **(environment or {})},
            pass_fds=pass_fds,
            start_new_session=True,
        )
        try:
            status = child.wait(limit_seconds)
        except subprocess.TimeoutExpired:
            raise RunError(f"the program was still running after {limit_seconds:g} s") from None
        finally:
            _end(child)
        output.seek(0)
        return _whole(output.read()), status


def _whole(output: bytes) -> str:
    if len(output) >= MAX_FILE_BYTES:
        raise RunError(f"the program writes more than {MAX_FILE_BYTES // 1024} kB")
    return output.decode("utf-8", "replace")


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill whatever the program left behind in its session."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
