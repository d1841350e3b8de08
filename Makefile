.DEFAULT_GOAL := help
PYTHON ?= python3
RUN := .venv/bin/python

# What `make NAME=value` may set.
DATA ?=
RATE ?= 350
SECONDS ?= 12
STAY ?=
MODEL ?= linear
GRID ?= quick
TESTS ?= tests
RUNS ?= 10
SHORT ?=
SEED ?=
FORCE ?=
SQL ?=
NAMED ?=
FILE ?=
FORMAT ?=

# A file's name and a query are the user's own text: recipes take them from the environment, where make puts what it was given.
override DATA := $(value DATA)
override FILE := $(value FILE)
override SQL := $(value SQL)
export DATA FILE SQL NAMED FORMAT

# Where this is set, each process would compile our modules anew, and each of pytest's the tests and what they check with.
unexport PYTHONDONTWRITEBYTECODE

JARS := $(or $(SENTISTREAM_JARS),.local/jars)

.PHONY: help setup s3 fast-start demo test test-fast fast-lane test-long lint lint-workflows check format settings train chaos bench broker web clean train-here query query-here export export-here up down logs ps

help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.ready: pyproject.toml constraints.txt ivy.xml
	@$(PYTHON) -m sentistream.setup.bootstrap

setup: .venv/.ready ## install everything below .venv and .local (once; the other commands do it by themselves)

$(JARS)/s3/.ready: ivy.xml | .venv/.ready
	@$(RUN) -m sentistream.setup.jars s3
	@umask 077; touch $@

s3: $(JARS)/s3/.ready ## also what a lake on S3 needs (13 MB; the tests do it by themselves)

$(JARS)/.rehearsed: ivy.xml constraints.txt | .venv/.ready
	@$(RUN) -m sentistream.rehearsal
	@umask 077; touch $@

fast-start: $(JARS)/.rehearsed ## start Spark and Kafka in half the time from then on (300 MB; the tests do it by themselves)

demo: .venv/.ready ## the whole system on this machine: DATA=file RATE=tweets/s SECONDS=n MODEL=linear or transformer, STAY=1 until Ctrl-C
	@$(RUN) -m sentistream.setup.preflight
	@DEMO_DATA="$$DATA" DEMO_RATE="$(RATE)" DEMO_SECONDS="$(SECONDS)" DEMO_MODEL="$(MODEL)" $(if $(STAY),DEMO_STAY=1) $(RUN) -m demo

# A module's tests share a worker, with its own Spark session and broker; those with Docker have one of their own.
BESIDE := --numprocesses auto

test-fast: .venv/.ready fast-lane ## the tests that start no JVM, no broker and no container, in less than a minute

fast-lane:
	@$(RUN) -m pytest tests/unit -m "not spark and not broker and not docker and not long" $(BESIDE)

test: .venv/.ready $(JARS)/s3/.ready $(JARS)/.rehearsed ## all tests that this machine can run: TESTS=path
	@$(RUN) -m sentistream.setup.preflight
	@$(RUN) -m pytest $(TESTS) $(BESIDE)

test-long: .venv/.ready $(JARS)/s3/.ready $(JARS)/.rehearsed ## the long repeats, before a release: tests with many kills, chaos and the benchmarks
	@$(RUN) -m sentistream.setup.preflight
	@$(RUN) -m pytest tests -m long $(BESIDE)
	@$(MAKE) --no-print-directory chaos RUNS=25
	@$(MAKE) --no-print-directory bench

lint: .venv/.ready ## format, lint, types, layers and GitHub's workflow
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	.venv/bin/lint-imports
	@$(MAKE) --no-print-directory lint-workflows

ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
lint-workflows: ## GitHub's workflow by actionlint; skipped where there is no Go
	@if command -v go > /dev/null; then go run $(ACTIONLINT) .github/workflows/*.yml; \
	else echo "lint-workflows: skipped, there is no Go on this machine"; fi

check: lint test ## what CI runs: format, lint, types, layers and all tests

settings: .venv/.ready ## write docs/settings.md and .env.example anew, from the settings classes
	@$(RUN) -m sentistream.reference

format: .venv/.ready ## put the code into its one format
	$(RUN) -m ruff format .
	$(RUN) -m ruff check --fix .

COMPOSE := docker compose
IN_CONTAINERS = [ -n "$$($(COMPOSE) ps --quiet $(1) 2>/dev/null)" ]

train: ## select a model and register it, in the containers while they run: DATA=labelled file GRID=quick, best, full or frozen FORCE=1
	@if $(call IN_CONTAINERS,mlflow); then GRID="$(GRID)" FORCE="$(FORCE)" deploy/train.sh; else $(MAKE) --no-print-directory train-here; fi

train-here: .venv/.ready
	@$(RUN) -m sentistream.setup.preflight
	@$(RUN) -m trainer train --data "$${DATA:-$$(umask 077; $(RUN) -m demo.vader)}" --grid "$(GRID)" $(if $(FORCE),--force)

QUESTION = $${FORMAT:+--format "$$FORMAT"} $${NAMED:+--named "$$NAMED"} $${SQL:+-- "$$SQL"}

query: ## ask the lake, that of the containers while they run: SQL="SELECT …" or NAMED=by_language, FORMAT=table, csv or json
	@if $(call IN_CONTAINERS,stream-processor); then FILE= deploy/ask.sh; else deploy/refuse-while-down.sh query && $(MAKE) --no-print-directory query-here; fi

query-here: .venv/.ready
	@$(RUN) -m sentistream lake query $(QUESTION)

export: ## the answer as a file, replaced where it is there: FILE=name.csv, .json or .parquet SQL="SELECT …"
	@if [ -z "$$FILE" ]; then echo "error: FILE: name the file, as in make export FILE=scored.csv" >&2; exit 2; fi
	@if $(call IN_CONTAINERS,stream-processor); then deploy/ask.sh; else deploy/refuse-while-down.sh export && $(MAKE) --no-print-directory export-here; fi

export-here: .venv/.ready
	@$(RUN) -m sentistream lake query --out "$$FILE" $(QUESTION)

up: ## the whole system in containers, built where needed; returns when all of it is healthy
	@$(COMPOSE) up --detach --build --wait

down: ## end the containers; topic, registry and lake stay (docker compose down --volumes deletes them)
	@$(COMPOSE) --profile cluster --profile query --profile watch down --remove-orphans

logs: ## what the containers print, until Ctrl-C
	@trap : INT; $(COMPOSE) logs --follow --tail 50 || [ $$? = 130 ]

ps: ## the containers and their health
	@$(COMPOSE) ps --all

chaos: .venv/.ready ## kill everything at random and compare what is there with what was sent: RUNS=10 SEED=n
	@RUNS="$(RUNS)" SEED="$(SEED)" $(RUN) -m tests.chaos

PEERS := .local/bench/peers
$(PEERS)/%/.ready: benchmarks/peers/%.txt
	@.venv/bin/uv venv --quiet --clear --python $(RUN) $(@D)
	@.venv/bin/uv pip install --quiet --compile-bytecode --python $(@D)/bin/python --requirement $<
	@touch $@

bench: .venv/.ready $(PEERS)/quixstreams/.ready $(PEERS)/bytewax/.ready $(PEERS)/pathway/.ready ## speed against peers on this machine: DATA=labelled file SHORT=1
	@BENCH_DATA="$$DATA" $(if $(SHORT),BENCH_SHORT=1) $(RUN) -m benchmarks

broker: .venv/.ready ## a Kafka node on 127.0.0.1:9092, until Ctrl-C
	@$(RUN) -m sentistream broker

web: .venv/.ready ## the champion over HTTP on 127.0.0.1:8088, until Ctrl-C
	@$(RUN) -m sentistream web

clean: ## remove everything that was installed and written
	rm -rf .venv .local .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis artifacts
