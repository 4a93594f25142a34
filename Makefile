# The five commands that need no root: demo, test, check, serve, bench.
# PORT, PROM_... and TWILIO_... come from the environment; README has the table.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check

# The words of the participant's pages, a catalogue a language: .po is written by people, .mo is made from it.
CATALOGUES := prom/web/translations
PO := $(wildcard $(CATALOGUES)/*/LC_MESSAGES/messages.po)
MO := $(PO:.po=.mo)

.PHONY: demo test test-long check drill storm bench test-pages serve deps words catalogues

demo: $(VENV)/.runtime catalogues
	exec $(PY) -m prom.demo

# Python is to keep what it compiles, whatever the machine says: each of the many processes would compile it all anew.
test test-long: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.tests catalogues
	$(PY) -m pytest -n auto --dist loadfile -m "not long" tests

# The tests that take longer: the demo's months, staff pages and whole forms in a browser, processes killed.
test-long: $(VENV)/.tests catalogues
	$(PY) -m pytest -n auto --dist loadfile -m long tests

check: $(VENV)/.tests
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(PY) -m pytest -q tests/house

# Long drills with real processes on loopback, which print figures: each text once from two processes, reports through
# SIGKILL of the web server, seconds to a nurse's text, the cost of a tick. DRILLS="once storm red loaded ticking" chooses.
drill: $(VENV)/.tests catalogues
	$(PY) -m tests.drills $(DRILLS)

# 2,000 texts through the provider's SDK, every third call at fault, the sender killed a hundred times. Some minutes.
storm: $(VENV)/.tests catalogues
	$(PY) -m tests.drills texting

# How fast, and at what cost: 10,000 due invitations. Prints one table; PEOPLE=1000 for fewer. Some minutes.
bench: $(VENV)/.tests catalogues
	$(PY) -m bench $(PEOPLE)

# The participant's pages at length, one table at the end: accessibility in every language, light and dark, at three
# widths; Lighthouse; first paint on a slow network; taps and bytes. PAGES="taps paint matrix lighthouse" chooses.
test-pages: $(VENV)/.tests catalogues
	$(PY) -m tests.pages $(PAGES)

serve: $(VENV)/.runtime catalogues
	exec bin/serve

# Look for new words in code and templates, and bring every catalogue up to date; what is new there waits for a
# translation. NEW=fr begins a catalogue.
words: $(VENV)/.runtime
	$(VENV)/bin/pybabel -q extract -F babel.cfg -k lazy_gettext --add-location=file --sort-by-file --omit-header \
	  -o $(CATALOGUES)/messages.pot .
	$(if $(NEW),$(VENV)/bin/pybabel -q init -i $(CATALOGUES)/messages.pot -d $(CATALOGUES) -l $(NEW))
	$(VENV)/bin/pybabel -q update -i $(CATALOGUES)/messages.pot -d $(CATALOGUES) --no-fuzzy-matching --ignore-obsolete \
	  --ignore-pot-creation-date

catalogues: $(MO)

%.mo: %.po | $(VENV)/.runtime
	$(VENV)/bin/pybabel -q compile -i $< -o $@

# As root: the Debian and npm packages that browser tests use. Chromium brings what it needs, but for Chinese characters:
# without the font they are boxes of another width. Its build without windows makes the tests quicker and is not needed.
# Lighthouse is for test-pages alone and runs on the Node inside Playwright (it asks for 22.19 or later, Debian 12 has
# 18): npm is there to install it, and any will do. Where that fails test-pages says so, and nothing else is the worse
# for it.
APT := DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends
deps:
	apt-get update -qq
	$(APT) chromium fonts-droid-fallback
	$(APT) chromium-headless-shell || true
	command -v npm >/dev/null || $(APT) npm || true
	npm install --prefix tests/pages --no-package-lock --no-audit --no-fund --loglevel=error || \
	  echo "Lighthouse was not installed: make test-pages will do without, and fail where CI=true" >&2

$(VENV)/.runtime: requirements.txt constraints.txt | $(PY)
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.tests: requirements-test.txt $(VENV)/.runtime
	$(PIP) -r requirements-test.txt
	@touch $@

# The first Python that is new enough and can make an environment; PYTHON=... names another.
$(PY):
	@for found in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  if "$$found" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    exec "$$found" -m venv $(VENV); \
	  fi; \
	done; \
	echo "Missing: Python 3.11 or later with venv (Debian, Ubuntu: apt-get install python3 python3-venv)" >&2; \
	exit 1
