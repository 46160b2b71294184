"""The application for a WSGI server: `gunicorn wsgi:app`."""

import gc

from portal import create_app

app = create_app()
# What was made until here stays as long as the process lives: the collector need not look at it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)  # a request makes thousands of objects and leaves none
