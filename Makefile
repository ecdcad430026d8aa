# What can be done here; `make` alone lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test check lint format train-drml train-caption

PYTHON ?= python3
PORT ?= 8000
VENV ?= .venv
# Tests run side by side, a file at a time in each worker: stacks and models are set up once a file.
WORKERS ?= 2
export PYTHON PORT IMAGES DATA
install = @.requirements/install $(VENV)
run = $(VENV)/bin/python -m

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## set everything up, start the stack on a sample catalogue or IMAGES=dir, print an answer; PORT=8000
	$(install) demo
	@PYTHONPATH=gateway $(run) demo --port "$$PORT" $${IMAGES:+--images "$$IMAGES"}

test: ## every test that needs neither Docker nor a GPU; ARGS="tests/unit -k name" picks some
	$(install) test
	$(run) pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: lint ## format, lint, types, fast tests: before every commit
	$(run) pytest -n $(WORKERS) --dist loadfile tests/unit tests/contract

lint: ## format, lint, types
	$(install) test
	$(run) ruff format --check .
	$(run) ruff check .
	$(run) mypy

format: ## bring the code into the form that `lint` asks for
	$(install) test
	$(run) ruff check --fix-only .
	$(run) ruff format .

# With a GPU the job has an environment of its own: the services' torch is the small build for the CPU.
train-drml: VENV := $(if $(shell nvidia-smi -L 2>/dev/null),.venv-cuda,$(VENV))
train-drml: ## train and publish a DRML artifact to artifacts/: NATIVE=1 DATA=dir ARGS="--epochs 21"
ifneq ($(NATIVE),1)
	@echo "There are no containers for training yet. Without one: make train-drml NATIVE=1 DATA=dir" >&2; exit 2
endif
	$(install) train
	$(run) drml_job $${DATA:+--data "$$DATA"} --artifacts artifacts $(ARGS)

train-caption: ## train and publish a captioner to artifacts/: NATIVE=1 DATA=dir ARGS="--epochs 20"
ifneq ($(NATIVE),1)
	@echo "There are no containers for training yet. Without one: make train-caption NATIVE=1 DATA=dir" >&2; exit 2
endif
	$(install) train-caption
	$(run) caption_job $${DATA:+--data "$$DATA"} --artifacts artifacts $(ARGS)
