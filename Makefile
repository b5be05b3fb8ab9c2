# make demo    sets everything up, checks the demo smart-city plan, shows its findings, and writes them as demo.html, with a map
# make test    sets everything up, runs every check and test
# make bundle  a folder of wheels for offline Windows x64 and Linux arm64
# make lock    renews the lock file from pyproject.toml;  make golden  renews the golden reports (look at the diff)
# make mutants changes every rule, one thing at a time, and prints which changes its fixtures do not notice (long)
# make random  holds the engines against each other on random shapes, plans and packages, and prints of what they were made (long)
# make bench   measures the engines against others, which it installs, and renews benchmarks/RESULTS.md (long)
# make docs    renews the pages and pictures of the ontology in docs/ontology

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint bundle wheel lock golden packages docs mutants random bench clean

demo: .venv/.ok
	$(BIN)/plancheck demo
	$(BIN)/plancheck demo -o demo.html
	@echo "demo.html: the same with a map, to be opened in a browser / 同一报告，附地图，用浏览器打开"

test: lint
	$(BIN)/pytest -n auto --dist loadgroup

lint: .venv/.ok
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

wheel: .venv/.ok
	$(BIN)/python -m build --wheel --outdir dist .

bundle: wheel
	$(BIN)/python tools/bundle.py bundle

lock: .venv/.ok
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --group dev --no-emit-index-url --no-header --no-annotate --output-file requirements.lock pyproject.toml

golden: .venv/.ok
	$(BIN)/python tests/golden.py

packages: .venv/.ok
	$(BIN)/python fixtures/packages/build.py

mutants: .venv/.ok
	$(BIN)/plancheck rules mutate --workers 2 --lang en

random: .venv/.ok
	$(BIN)/python tests/random_shapes.py --cases 5000
	$(BIN)/python tests/random_rules.py --cases 5000
	$(BIN)/python tests/random_packages.py --cases 26

bench: .venv/.ok
	$(BIN)/python -m benchmarks.engines

docs: .venv/.ok
	$(BIN)/plancheck ontology page -o docs/ontology

.venv/.ok: pyproject.toml requirements.lock
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "plancheck needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c "import ensurepip" 2>/dev/null || { echo "this Python has no ensurepip: on Debian or Ubuntu install the package python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch .venv/.ok

clean:
	rm -rf .venv dist build bundle demo.html
