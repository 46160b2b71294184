# The two commands of the README, and what they are made of.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 2
export FLASK_APP = wsgi
VENV = .venv/bin

.PHONY: run demo test chromium prove bench content lint style types suite clean

run: .venv/installed content
	@echo "The portal is at http://$(HOST):$(PORT)/  (stop it with Ctrl-C)"
	@exec $(VENV)/gunicorn wsgi:app --bind $(HOST):$(PORT) --workers $(WORKERS) --threads 4 --config portal/worker.py --worker-tmp-dir /tmp --no-control-socket --log-level warning

demo: export INSTANCE = instance-demo
demo: .venv/installed
	@test -e $(INSTANCE)/portal.db || { $(MAKE) --no-print-directory content && $(VENV)/flask demo; }
	@$(MAKE) --no-print-directory run

# mypy has one process, so alone it leaves half of two cores idle.
test: .venv/installed chromium style
	@$(MAKE) --no-print-directory --jobs 2 types suite

suite: .venv/installed
	$(VENV)/python -m pytest -n 2 --dist worksteal -m "not slow"

chromium:
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	  && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	  || echo "Chromium is not here and cannot be installed: the browser tests will be skipped."

prove: .venv/installed
	$(VENV)/flask decks check --fresh
	$(VENV)/python -m pytest -m slow

bench: .venv/installed
	$(VENV)/python -m bench

lint: style types

style: .venv/installed
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .

types: .venv/installed
	$(VENV)/mypy

content: .venv/installed
	@$(VENV)/flask db upgrade
	@$(VENV)/flask decks load

.venv/installed: requirements.lock
	test -x $(VENV)/python || $(PYTHON) -m venv .venv
	$(VENV)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@touch $@

clean:
	rm -rf .venv quizzes/decks/.proofs .mypy_cache .ruff_cache .pytest_cache .hypothesis
