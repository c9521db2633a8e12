# make run    sets everything up and starts the app      PORT=8501 HOST=127.0.0.1 GPU=
# make test   sets everything up, lint and all tests, browser tests included
# make check  lint and the fast tests, in two minutes
# make bench  measures start, strokes, many visitors, memory
PORT ?= 8501
GPU ?=
# Shells and compilers export HOST for their own purposes: only `make run HOST=…` counts.
ifneq ($(origin HOST),command line)
HOST := 127.0.0.1
endif
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Each kind of installation has its own stamp: GPU=1 after a plain run installs what is missing.
RUN := $(if $(GPU),.venv/run-gpu,.venv/run)

.PHONY: run test check lint fast-tests all-tests bench constraints screenshots clean

run: $(RUN)
	@$(BIN)/python tools/address.py $(HOST) $(PORT)
	@$(BIN)/streamlit run app.py --server.address $(HOST) --server.port $(PORT)

test: lint all-tests

check: lint fast-tests

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fast-tests: .venv/dev
	$(BIN)/python -m pytest -m "not browser"

all-tests: .venv/dev .venv/chromium lint
	$(BIN)/python -m pytest

bench: .venv/dev .venv/chromium
	$(BIN)/python -m benchmarks

screenshots: .venv/dev .venv/chromium
	$(BIN)/python -m tools.take_screenshots

constraints: .venv/dev
	$(BIN)/python -m tools.write_constraints

.venv/python:
	@test -n "$(PYTHON)" || { echo "cnnviz needs Python 3.11, and no python3 was found. Install it, or name it: make run PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -c 'import sys; v = sys.version_info; sys.exit(0 if v[:2] == (3, 11) else "cnnviz needs Python 3.11; $(PYTHON) is %d.%d. Install it, or name it: make run PYTHON=/path/to/python3.11" % v[:2])'
	@"$(PYTHON)" -m venv .venv
	@touch $@

.venv/run .venv/run-gpu: .venv/%: .venv/python requirements.txt requirements-gpu.txt constraints.txt
	@echo "Installing what the app needs (about 0.8 GB the first time) ..."
	@$(PIP) -r requirements$(patsubst run%,%,$*).txt
	@touch $@

.venv/dev: .venv/run requirements-dev.txt
	@echo "Installing what tests and benchmarks need ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

# Looked for once; the tests look again where it has gone (tools/find_chromium.py).
.venv/chromium: .venv/dev tools/find_chromium.py
	@$(BIN)/python -m tools.find_chromium > $@.found && mv $@.found $@

clean:
	rm -rf .venv var .pytest_cache .ruff_cache .hypothesis
