# make report   set up, run the monthly themes report on the invented authority, say where it lies
# make test     set up, run every test
# make lab      set up, open JupyterLab on the notebooks
# make pictures pictures of the README and docs, drawn again (needs Chromium)
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
PERIOD ?= 2019-09

.PHONY: report test lab setup lint lock pictures clean

report: $(VENV)/.installed
	@$(BIN)/qa run monthly_themes --data data/example --profile manchester --period $(PERIOD)

test: $(VENV)/.tests-installed
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -n auto --dist worksteal

lab: $(VENV)/.installed
	$(BIN)/jupyter lab notebooks

setup: $(VENV)/.installed

lint: $(VENV)/.tests-installed
	$(BIN)/ruff check .

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; set PYTHON=python3.12, say.") if sys.version_info < (3, 11) else None'
	@echo "Setting up $(VENV) (once; a minute or two)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.tests-installed: $(VENV)/.installed requirements-test.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-test.lock
	@touch $@

pictures: $(VENV)/.tests-installed
	$(BIN)/python docs/pictures/make_pictures.py
	$(BIN)/python tests/browser/make_pictures.py

# The lock files are written by uv from pyproject.toml; they name versions and hashes, no registry.
LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url pyproject.toml --extra build
lock:
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra test --constraint requirements.lock --output-file requirements-test.lock

clean:
	rm -rf $(VENV) build dist *.egg-info
