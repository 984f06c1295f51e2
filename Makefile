# Everything a person does with this repository; `make` lists it. Needs Python 3.10 to 3.13 and make, no more.
#   PYTHON=python3.12 make test     another interpreter (.venv is then made anew)
#   make chat ARGS="--port 8000"    options for the command behind a target
# On Linux pip's usual torch brings CUDA (gigabytes): tools/setup.sh says how to do without.

.DEFAULT_GOAL := help
# Under `make -j` two targets must not build .venv at once.
.NOTPARALLEL:
.PHONY: help chat test check lint format bench bench-quality bench-archive eval setup setup-test clean

python := .venv/bin/python
# The shipped models suffice: nothing may be fetched, nothing reported.
offline := HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 GRADIO_ANALYTICS_ENABLED=False
ARGS ?=

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' Makefile

chat: setup  ## index what changed in seeds/, then open the chat on this machine
	@$(python) -m qa index seeds
	@$(python) -m qa chat $(ARGS)

test: setup-test  ## run the tests
	@$(offline) $(python) -m pytest $(ARGS)

check: lint test  ## lint, types and tests: what must pass before a commit

lint: setup-test  ## ruff and mypy
	@$(python) -m ruff check
	@$(python) -m ruff format --check
	@$(python) -m mypy

format: setup-test  ## let ruff mend style and layout
	@$(python) -m ruff check --fix
	@$(python) -m ruff format

bench: setup-test  ## measure speed
	@$(offline) $(python) -m benchmarks.run $(ARGS)

bench-quality: setup-test  ## measure quality; ARGS="--data DIR" the embedder, too
	@$(offline) $(python) -m benchmarks.quality $(ARGS)

bench-archive: setup-test  ## measure an archive; ARGS="--data DIR" says where its text lies
	@$(offline) $(python) -m benchmarks.archive $(ARGS)

eval: setup  ## score the assistant on tests/questions.jsonl
	@$(python) -m qa index seeds
	@$(offline) $(python) -m qa eval tests/questions.jsonl $(ARGS)

setup:
	@sh tools/setup.sh

setup-test:
	@sh tools/setup.sh test

clean:  ## remove .venv and all caches; the index in vectorstore/ stays
	rm -rf .venv build dist *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache .coverage eval-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
