"""A Python that has imported the portal, and forks a gunicorn for each line it reads: a start without the imports.

Run by `serving.Nursery` with the folder in which compiled templates are kept. A line is a JSON object of `argv`
(gunicorn's, its own name first), `environ` and `log` (the path of a file for what it says); the line that comes back
is the number of the new process, which leads a group of its own.
"""

import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache

import_module("portal")  # what takes the time, and what `wsgi.py` will find there
gunicorn = import_module("gunicorn.app.wsgiapp")


def main() -> None:
    """Until nobody asks any more."""
    Flask.jinja_options["bytecode_cache"] = FileSystemBytecodeCache(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who died needs nobody to wait for it
    for line in sys.stdin:
        wish = json.loads(line)
        if (number := os.fork()) == 0:
            become(**wish)
        print(number, flush=True)


def become(argv: list[str], environ: dict[str, str], log: str) -> Any:
    """This process is gunicorn from here on, and nothing of the nursery is left in it."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environ)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    with Path(log).open("ab") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    sys.argv = argv
    try:
        gunicorn.run()
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
