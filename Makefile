# make run · make test · make check · make bench
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
export PIP_ROOT_USER_ACTION := ignore

.PHONY: run test check bench lock translations clean

run: .venv/.installed
	@$(BIN)/samverkan serve --demo

# ---- what is installed, from the lock files only

.venv/.installed: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the locked dependencies …"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --editable .
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	@echo "Installing what the tests need …"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# Debian's Chromium when we may install it, otherwise the one that is here, otherwise Playwright's own.
.venv/.installed-browser: .venv/.installed-dev
	@$(BIN)/python -m tests.browser.install
	@touch $@

# ---- tests: everything on SQLite, and again on PostgreSQL everything that a database can change

# Half the time a test waits for a browser, a process or a disk: three for every two cores.
WORKERS := $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 2) * 3 // 2)")

test: .venv/.installed-browser translations
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --database sqlite
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --database postgresql

check: .venv/.installed-dev translations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/codespell tracker lrs_adapter course/*.py course/checks templates docs *.md $$(git ls-files 'course/modules/*en.md' 'course/modules/*.en.yaml')
	$(BIN)/python -m tests.translations
	$(BIN)/samverkan course check

bench: .venv/.installed-dev
	$(BIN)/python -m bench

# ---- now and then

CATALOGUES := $(wildcard tracker/translations/*/LC_MESSAGES/messages.po)
translations: $(CATALOGUES:.po=.mo)
%.mo: %.po .venv/.installed
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

lock: .venv/.installed-dev
	$(BIN)/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --output-file requirements.lock
	$(BIN)/uv pip compile --quiet pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --output-file requirements-dev.lock

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
