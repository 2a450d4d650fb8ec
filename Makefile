# Needs Node >= 20.19, npm and make; every target installs what it needs. Plain `make` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh
# The compiler writes files even when it fails; make must not take them for a build.
.DELETE_ON_ERROR:

IMAGE ?= llm-streaming-service
PORT ?= 3000

# Files that mark a finished step; make repeats it when a source is newer.
INSTALLED := node_modules/.package-lock.json
GENERATED := src/store/generated/client.ts
BUILT := dist/main.js

SOURCES := $(shell find src -path src/store/generated -prune -o -type f -print) \
	tsconfig.build.json $(wildcard vite.config.*)

.PHONY: help
help:
	@echo 'Usage: make <target>'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 } /^## / { printf "\n%s\n", substr($$0, 4) }' Makefile

## Use

.PHONY: run
run: $(BUILT) ## install, build and serve on http://127.0.0.1:3000
	@node dist/main.js

.PHONY: start
start: $(BUILT) ## the same with NODE_ENV=production: JSON logs, errors without details
	@NODE_ENV=production node dist/main.js

# Passed in the environment, so that quotes reach the program unchanged.
export NAME USER_ID SCOPES MODELS EXPIRES

.PHONY: key
key: $(BUILT) ## make an API key and print it: NAME=laptop [USER_ID=ada] [SCOPES=chat,read] [MODELS=…] [EXPIRES=30d]
	@node dist/main.js keys create $(if $(NAME),--name "$$NAME") $(if $(USER_ID),--user "$$USER_ID") \
		$(if $(SCOPES),--scopes "$$SCOPES") $(if $(MODELS),--models "$$MODELS") $(if $(EXPIRES),--expires "$$EXPIRES")

.PHONY: simulator
simulator: $(INSTALLED) ## only the simulator of Azure, on http://127.0.0.1:4010
	@npm run --silent simulator

## Develop

.PHONY: install
install: $(INSTALLED) $(GENERATED) ## packages and the generated Prisma client; all other targets do this themselves

.PHONY: dev
dev: $(GENERATED) ## serve from the sources, restarting after every change
	@npm run --silent dev

.PHONY: build
build: $(BUILT) ## compile to dist/

.PHONY: test
test: $(BUILT) ## type check, lint, format, and all tests; ALL_NODES=1 adds test-nodes
	@node scripts/test.js $(if $(ALL_NODES),--all-nodes)

.PHONY: test-nodes
test-nodes: $(INSTALLED) ## the server's tests on other releases of Node: 22, 24 and 26
	@npm run --silent test:nodes

.PHONY: test-watch test\:watch
test-watch: $(GENERATED) ## tests of changed files, repeated after every change (also test:watch)
	@npm run --silent test:watch
test\:watch: test-watch

.PHONY: test-coverage test\:coverage
test-coverage: $(BUILT) ## all tests with coverage, in coverage/ (also test:coverage)
	@npm run --silent test:coverage
test\:coverage: test-coverage

.PHONY: test-crash
test-crash: $(BUILT) ## kill the server repeatedly and check for lost text
	@npm run --silent test:crash

.PHONY: test-start
test-start: $(BUILT) ## kill first starts and upgrades repeatedly and check the next start
	@npm run --silent test:start

.PHONY: test-soak
test-soak: $(BUILT) ## many streams for a long time; checks for leaks
	@npm run --silent test:soak

.PHONY: test-survival
test-survival: $(BUILT) ## send hostile input to the built server and measure the effect
	@npm run --silent test:survival

.PHONY: bench
bench: $(BUILT) ## CPU cost per token, relative to a plain pipe
	@npm run --silent bench

.PHONY: typecheck
typecheck: $(GENERATED) ## types only
	@npm run --silent typecheck

.PHONY: lint
lint: $(INSTALLED) ## check lint, format and import boundaries
	@npm run --silent lint

.PHONY: format
format: $(INSTALLED) ## fix lint and format where possible
	@npm run --silent format

.PHONY: clean
clean: ## remove build output; keep packages and data
	rm -rf dist coverage test-output src/store/generated

## The database (DATABASE_URL, or database.url)

# Passed in the environment, so that quotes reach SQLite unchanged.
export SQL

.PHONY: db-shell
db-shell: $(GENERATED) ## an SQL prompt; SQL='select …' runs one statement; WRITE=1 allows changes
	@npm run --silent db-shell -- $(if $(WRITE),--write) $(if $(SQL),--command "$$SQL")

.PHONY: db-tables
db-tables: $(GENERATED) ## tables with their number of rows
	@npm run --silent db-shell -- --command .tables

.PHONY: db-schema
db-schema: $(GENERATED) ## the SQL of the tables
	@npm run --silent db-shell -- --command .schema

.PHONY: db-reset
db-reset: $(GENERATED) ## delete the database; asks, unless YES=1; the server must be stopped
	@npm run --silent db-reset -- $(if $(YES)$(FORCE),--yes)

## The image

.PHONY: docker-build
docker-build: ## build the image
	docker build --tag $(IMAGE) .

.PHONY: docker-run
docker-run: ## run the image on http://127.0.0.1:3000 (PORT=…), data in the volume llm-streaming-data
	@node scripts/docker-run.js $(IMAGE) $(PORT)

# --- steps ---

$(INSTALLED): package-lock.json
	@node scripts/check-node.js
	node scripts/install.js
	@touch $@

$(GENERATED): prisma/schema.prisma $(INSTALLED)
	npm run --silent generate
	@touch $@

$(BUILT): $(GENERATED) $(SOURCES)
	npm run --silent build
	@touch $@
