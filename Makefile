# One word a task. Needs Python 3.11 or later and make; everything else is installed into .venv.
#
#   make demo      register and look at a dataset; migrate a sample legacy home, and take it back
#   make test      run all tests                (ARGS="-k editing" runs some)
#   make lint      check style, types, the direction of imports, and dependencies
#   make docs      build the documentation into site/; every warning is an error
#   make sweep     strike every file-system call of the commands that write, and print the table
#   make bench     measure everything beside its peers, and write docs/performance.md  (ARGS="--quick", ARGS=load)
#   make table     write the table of the settings for quick answers anew, after a change of them
#   make format    lay out the code
#   make pins      write constraints.txt anew, with the newest versions
#   make clean     remove .venv and every cache
#
# PYTHON=/path/to/python3 chooses the Python; UV= (empty) uses pip even where uv is installed.

BIN := .venv/bin
PY := $(BIN)/python

.PHONY: help demo test lint docs sweep bench table format pins clean
.DELETE_ON_ERROR:

help:
	@sed -n 's/^#   //p' Makefile

demo: .venv/.installed
	@sh examples/demo.sh

test: .venv/.installed-dev
	@$(PY) -m pytest $(ARGS)

lint: .venv/.installed-dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

docs: .venv/.installed-docs
	@$(PY) -m tools.documentation

sweep: .venv/.installed-dev
	@$(PY) -m tests.reliability.report

bench: .venv/bench/.installed
	@.venv/bench/bin/python -m benchmarks $(ARGS)

table: .venv/.installed
	@$(PY) tools/plain_table.py

format: .venv/.installed-dev
	$(PY) -m ruff check --select I --fix
	$(PY) -m ruff format

pins: .venv/.installed
	@rm -rf .venv/pins
	@$(PY) -m venv .venv/pins
	@.venv/pins/bin/python -m pip install -qq '.[all,dev,docs]'
	@{ head -1 constraints.txt; .venv/pins/bin/python -m pip freeze | grep -v ' @ '; } > .venv/pins.txt
	@mv .venv/pins.txt constraints.txt

clean:
	rm -rf .venv dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps say when .venv was made: it is made anew when one of these files has changed.
.venv/.installed: pyproject.toml constraints.txt tools/environment.sh
	@echo "setting up .venv ..."
	@rm -rf .venv
	@tools/environment.sh data
	@touch $@

# The peers have an environment of their own, so that nothing of ours can lean on them.
.venv/bench/.installed: .venv/.installed benchmarks/peers.txt
	@echo "installing what is measured beside us ..."
	@$(PY) -m venv .venv/bench
	@.venv/bench/bin/python -m pip install -qq -c constraints.txt -r benchmarks/peers.txt -e '.[all]'
	@touch $@

.venv/.installed-docs: .venv/.installed
	@echo "installing what the documentation needs ..."
	@tools/environment.sh docs
	@touch $@

.venv/.installed-dev: .venv/.installed
	@echo "installing what the tests need ..."
	@tools/environment.sh all,dev
	@touch $@
