# Needs Python 3.11 or newer and make, nothing else: each target first makes what it needs in .venv, once.
#   make tour ARGS="--epochs 20"    ARGS goes to the command that the target runs
#   make test PYTHON=python3.12     PYTHON is what .venv is made with

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# One thread for each test process: the processes already fill the machine. A file is tested by one process, since its
# tests share trained nets, pictures and pages.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help tour test test-slow test-live test-all lint docs texts format pictures korean bench clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

tour: $(VENV)/installed  ## take the guided tour
	@$(BIN)/rnnscope tour $(ARGS)

test: $(VENV)/installed-test  ## run the tests, except the slow ones
	@$(PYTEST) $(ARGS)

# pytest ends with 5 when it finds no test: no slow test is no failure.
test-slow: $(VENV)/installed-test $(VENV)/installed-notebook  ## run the slow tests only: notebook pages too, if Chromium is there
	@$(PYTEST) -m slow $(ARGS) || [ $$? -eq 5 ]

test-live: $(VENV)/installed-test $(VENV)/installed-live  ## compare random models with live Keras and PyTorch
	@KERAS_BACKEND=torch $(PYTEST) -m slow tests/test_live_keras.py tests/test_live_torch.py $(ARGS)

test-all: $(VENV)/installed-test $(VENV)/installed-notebook  ## run all tests, the slow ones too
	@$(PYTEST) -m "" $(ARGS)

lint: $(VENV)/installed-test  ## check format and style, change nothing
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

docs: $(VENV)/installed-docs  ## build the documentation into docs/_build/html: warnings are errors
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@$(BIN)/python docs/check.py docs/_build/html
	@echo "docs/_build/html/index.html is written"

texts: $(VENV)/installed-test  ## bring the catalogues of translations in step with the code, and compile them
	@$(BIN)/python -m tools.catalogues

format: $(VENV)/installed-test  ## format the code and mend what can be mended
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

# One thread, so that the same pictures come out again.
pictures: $(VENV)/installed-notebook  ## draw the pictures at the tops of the tutorials; ARGS="03 ko/03" draws these only
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tools.tutorials pictures $(ARGS)

korean: $(VENV)/installed  ## bring the Korean tutorials in step with the English ones; ARGS="03-15" says that this cell follows
	@$(BIN)/python -m tools.tutorials korean $(ARGS)

bench: $(VENV)/installed-bench  ## measure against PyTorch (installs it, which is large)
	@$(BIN)/python -m benchmarks $(ARGS)

clean:  ## remove .venv, caches and built files
	rm -rf $(VENV) build dist docs/_build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/ready:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "rnnscope needs Python 3.11 or newer, and '$(PYTHON)' is older or missing:" \
	         "name another one with 'make PYTHON=...'." >&2; exit 1; }
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
	    $(PYTHON) -m venv $(VENV); \
	elif $(PYTHON) -c 'import pip' 2>/dev/null; then \
	    $(PYTHON) -m venv --without-pip $(VENV) && \
	    $(PYTHON) -m pip --quiet --disable-pip-version-check --python $(BIN)/python install pip; \
	else \
	    echo "'$(PYTHON)' can make no virtual environment, since it has neither ensurepip nor pip:" \
	         "on Debian and Ubuntu, 'apt-get install python3-venv' brings them." >&2; exit 1; \
	fi
	@touch $@

$(VENV)/installed: $(VENV)/ready setup.cfg pyproject.toml
	@echo "Installing rnnscope and what it needs into $(VENV), once ..."
	@$(PIP) install --editable .
	@touch $@

# What has an extra has the library too.
$(VENV)/installed-%: $(VENV)/ready setup.cfg pyproject.toml
	@echo "Installing rnnscope and what '$*' needs into $(VENV), once ..."
	@$(PIP) install --editable '.[$*]'
	@touch $@ $(VENV)/installed
