"""The application for a WSGI server: `gunicorn wsgi:app`."""

import gc

from flask import Flask


def start() -> Flask:
    """The application, with the collector told about it.

    What is made until here stays as long as the process lives, so nobody looks through it, neither while it is made nor
    later. A request makes thousands of objects and leaves none.
    """
    gc.disable()
    from portal import create_app

    made = create_app()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()
    return made


app = start()
