"""Settings of gunicorn for `make run`: each worker refreshes the standings of cohorts beside its requests.

gunicorn reads this file by its path (`--config portal/worker.py`) and calls these hooks by their names; whoever starts
it without them has a portal that refreshes by `flask cohorts refresh` alone.
"""

from typing import Any


def post_worker_init(worker: Any) -> None:
    """A worker is ready."""
    worker.wsgi.extensions["refresher"].start()


def worker_exit(_server: Any, worker: Any) -> None:
    """A worker ends, by a signal or for good."""
    if (app := getattr(worker, "wsgi", None)) is not None:
        app.extensions["refresher"].stop()
