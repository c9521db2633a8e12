# make run    sets everything up and starts the app      PORT=8501 HOST=127.0.0.1 GPU=
# make test   sets everything up, lint and all tests, browser tests included
# make check  lint and the fast tests, in under a minute
# make bench  measures start, strokes, many visitors, memory
PORT ?= 8501
HOST ?= 127.0.0.1
GPU ?=
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# pip says "externally managed" or asks for updates otherwise; the environment is our own.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
RUN_REQUIREMENTS := $(if $(GPU),requirements-gpu.txt,requirements.txt)

.PHONY: run test check lint fast-tests all-tests bench constraints screenshots clean

run: .venv/run
	@$(BIN)/python tools/address.py $(HOST) $(PORT)
	@$(BIN)/streamlit run app.py --server.address $(HOST) --server.port $(PORT)

test: .venv/dev .venv/chromium lint all-tests

check: .venv/dev lint fast-tests

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fast-tests:
	$(BIN)/python -m pytest -m "not browser"

all-tests:
	CNNVIZ_CHROMIUM="$$(cat .venv/chromium)" $(BIN)/python -m pytest

bench: .venv/dev .venv/chromium
	CNNVIZ_CHROMIUM="$$(cat .venv/chromium)" $(BIN)/python -m benchmarks

screenshots: .venv/dev .venv/chromium
	CNNVIZ_CHROMIUM="$$(cat .venv/chromium)" $(BIN)/python -m tools.take_screenshots

.venv/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v[:2] == (3, 11) else "cnnviz needs Python 3.11; $(PYTHON) is %d.%d. Install it, or name it: make run PYTHON=/path/to/python3.11" % v[:2])'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/run: .venv/python $(RUN_REQUIREMENTS) requirements.txt constraints.txt
	$(PIP) -r $(RUN_REQUIREMENTS)
	@touch $@

.venv/dev: .venv/run requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	@touch $@

.venv/chromium: .venv/dev tools/find_chromium.py
	$(BIN)/python tools/find_chromium.py > $@.found && mv $@.found $@

constraints: .venv/dev
	$(BIN)/python -m tools.write_constraints

clean:
	rm -rf .venv var .pytest_cache .ruff_cache .hypothesis
