# What can be done here; `make` alone lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test faults check lint format train-drml train-caption up down logs compose-test backup restore rollback bench profile quality \
  report

PYTHON ?= python3
PORT ?= 8000
VENV ?= .venv
# Tests run side by side, a file at a time in each worker: stacks and models are set up once a file. A third
# worker made two cores no faster.
WORKERS ?= 2
# A worker that dies ends the run: with another in its place the run would wait for ever for what the first had.
spread = -n $(WORKERS) --dist loadfile --max-worker-restart=0
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
	$(run) pytest $(spread) $(ARGS)

# The counts of the whole suite, which takes hours; fewer for a rehearsal: KILLS=5 INGEST_KILLS=9 SOAK_S=30.
faults: export KILLS ?= 500
faults: export INGEST_KILLS ?= 500
faults: export PUBLISH_KILLS ?= 500
faults: export INGEST_PICTURES ?= 10000
faults: export SCHEMATHESIS_EXAMPLES ?= 300
faults: export SOAK_S ?= 3600
faults: ## every fault, light and heavy, and a table of what was tried and lost; PILLOW_TESTS=dir ARGS="-k disk"
	$(install) test
	$(run) tests.e2e.faults $(ARGS)

check: lint ## format, lint, types, fast tests: before every commit
	$(run) pytest $(spread) tests/unit tests/contract

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
train-drml: ## train and publish a DRML artifact, in a container or NATIVE=1: DATA=dir ARGS="--epochs 21"
ifeq ($(NATIVE),1)
	$(install) train
	$(run) drml_job $${DATA:+--data "$$DATA"} --artifacts artifacts $(ARGS)
else
	$(call train,drml-trainer$(if $(shell nvidia-smi -L 2>/dev/null),-gpu))
endif

# Keras runs on torch there: TensorFlow is the build for the CPU everywhere.
train-caption: VENV := $(if $(shell nvidia-smi -L 2>/dev/null),.venv-cuda,$(VENV))
train-caption: export KERAS_BACKEND := $(if $(shell nvidia-smi -L 2>/dev/null),torch,$(KERAS_BACKEND))
train-caption: ## train and publish a captioner, in a container or NATIVE=1: DATA=dir ARGS="--epochs 20"
ifeq ($(NATIVE),1)
	$(install) train-caption
	$(run) caption_job $${DATA:+--data "$$DATA"} --artifacts artifacts $(ARGS)
else
	$(call train,caption-trainer$(if $(shell nvidia-smi -L 2>/dev/null),-gpu))
endif

# --- Containers ---------------------------------------------------------------------------------------------

# Whichever is there: the plugin of today's Docker, else the program of older ones.
compose = $(if $(shell docker compose version 2>/dev/null),docker compose,docker-compose)
export COMPOSE_PROJECT_NAME ?= image-diversity
export REVISION ?= $(shell git describe --always --exclude '*' --abbrev=40 --dirty=-changed 2>/dev/null)
# Beyond this machine the gateway lets nobody in without a key, unless ALLOW_ANONYMOUS=1 says so.
export LISTEN ?= 127.0.0.1
in_gateway = docker ps -q --filter label=com.docker.compose.project=$(COMPOSE_PROJECT_NAME) \
  --filter label=com.docker.compose.service=gateway
archive = $(compose) run --rm -T --no-deps archivist diversity_gateway.archive
STATE ?= var/gateway
ARTIFACTS ?= artifacts

# DATA becomes /data/<its name>, which user 10001 must be able to read.
define train
	$(compose) build $(1)
	$(compose) run --rm $${DATA:+-v "$$(realpath "$$DATA"):/data/$$(basename "$$DATA"):ro"} $(1) \
	  $${DATA:+--data "/data/$$(basename "$$DATA")"} $(ARGS)
endef

up: ## the stack in containers, on PORT of this machine alone; LISTEN=0.0.0.0 API_KEYS=... opens it to others
	$(compose) up -d --build
	@for try in {1..300}; do \
	  state=$$(docker inspect -f '{{.State.Health.Status}}' $$($(in_gateway)) 2>/dev/null); \
	  if [ "$$state" = healthy ]; then echo "http://$(LISTEN):$(PORT)/"; exit 0; fi; sleep 1; \
	done; $(compose) logs --tail 20 gateway; echo "The gateway did not get ready." >&2; exit 1

down: ## take the containers down; the volumes stay
	$(compose) down

logs: ## follow the containers' logs
	$(compose) logs -f --tail 100

compose-test: ## build the images, start the stack, test it end to end, retrain, take it down
	$(install) compose
	$(run) pytest -m heavy tests/e2e/compose $(ARGS)

backup: ## catalogue and artifacts into FILE=x.tar.gz, of the containers or NATIVE=1 STATE=dir ARTIFACTS=dir
	@[ "$(FILE)" ] || { echo "Which file? make backup FILE=kept.tar.gz" >&2; exit 2; }
ifeq ($(NATIVE),1)
	$(install) demo
	$(run) diversity_gateway.archive backup --state "$(STATE)" --artifacts "$(ARTIFACTS)" "$(FILE)"
else
	@$(archive) backup --state /state --artifacts /artifacts - >"$(FILE).part" || { rm -f "$(FILE).part"; exit 1; }
	@mv "$(FILE).part" "$(FILE)"
endif

bench: ## every figure of speed, build/bench.json; DATA=tiny-imagenet-200, else drawn; ARGS="--only search gateway"
	$(install) test
	@PYTHONPATH=gateway:. $(run) tests.bench $${DATA:+--data "$$DATA"} $(ARGS)

profile: ## flame graphs of a query through the three processes: build/profile/*.svg; ARGS="--kinds id"
	$(install) test
	@PYTHONPATH=gateway:. $(run) tests.bench.profiling $(ARGS)

quality: ## figures of retrieval and divergence: build/quality.json; DATA=dir of pictures, else the sample catalogue
	$(install) test
	@PYTHONPATH=gateway:. $(run) tests.bench.quality $${DATA:+--data "$$DATA"} $(ARGS)

report: ## build/report.html: every figure, curve and panel that was measured, on one page that needs no other
	$(install) test
	@$(run) tests.bench.report $(ARGS)

rollback: ## the previous artifact of KIND=drml again: of the containers, or NATIVE=1, or of ARTIFACTS=dir
	@[ "$(KIND)" ] || { echo "Of which kind? make rollback KIND=drml" >&2; exit 2; }
ifeq ($(NATIVE)$(filter-out file,$(origin ARTIFACTS)),)
	@$(compose) run --rm -T --no-deps archivist diversity_view.rollback "$(KIND)" --artifacts /artifacts
else
	$(install) demo
	@$(run) diversity_view.rollback "$(KIND)" --artifacts "$(ARTIFACTS)" $${REDIS_URL:+--redis-url "$$REDIS_URL"}
endif

restore: ## the same back from FILE=x.tar.gz; over what is there with FORCE=1
	@[ -f "$(FILE)" ] || { echo "Which file? make restore FILE=kept.tar.gz" >&2; exit 2; }
ifeq ($(NATIVE),1)
	$(install) demo
	$(run) diversity_gateway.archive restore --state "$(STATE)" --artifacts "$(ARTIFACTS)" \
	  $(if $(filter 1,$(FORCE)),--force) "$(FILE)"
else
	@gateway=$$($(in_gateway)); [ -z "$$gateway" ] || docker stop --time 40 $$gateway >/dev/null; \
	$(archive) restore --state /state --artifacts /artifacts $(if $(filter 1,$(FORCE)),--force) - <"$(FILE)"; \
	status=$$?; [ -z "$$gateway" ] || docker start $$gateway >/dev/null; exit $$status
endif
