# Needs Node >= 20.19, npm and make; every target installs what it needs. Plain `make` prints the targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh
# The compiler writes files even when it fails; they must not pass for a build.
.DELETE_ON_ERROR:

IMAGE ?= llm-streaming-service
PORT ?= 3000

# What stands for a step that was done; make repeats it when what it was made of is newer.
INSTALLED := node_modules/.package-lock.json
GENERATED := src/store/generated/client.ts
BUILT := dist/main.js

SOURCES := $(shell find src -path src/store/generated -prune -o -type f -print) \
	tsconfig.build.json $(wildcard vite.config.*)

.PHONY: help
help:
	@echo 'Usage: make <target>'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 } /^## / { printf "\n%s\n", substr($$0, 4) }' Makefile

## To use it

.PHONY: run
run: $(BUILT) ## install, build and serve on http://127.0.0.1:3000
	@node dist/main.js

.PHONY: start
start: $(BUILT) ## the same as in production: JSON logs, errors without details
	@NODE_ENV=production node dist/main.js

.PHONY: simulator
simulator: $(INSTALLED) ## the simulated Azure alone, on http://127.0.0.1:4010
	@npm run --silent simulator

## To work on it

.PHONY: install
install: $(INSTALLED) $(GENERATED) ## packages and the generated Prisma client; all other targets do it by themselves

.PHONY: dev
dev: $(GENERATED) ## serve from the sources, and again after every change
	@npm run --silent dev

.PHONY: build
build: $(BUILT) ## compile to dist/

.PHONY: test
test: $(BUILT) ## type check, lint, format, and all tests
	@node scripts/test.js

.PHONY: test-watch test\:watch
test-watch: $(GENERATED) ## the tests of what changed, again after every change (also test:watch)
	@npm run --silent test:watch
test\:watch: test-watch

.PHONY: test-coverage test\:coverage
test-coverage: $(BUILT) ## all tests with their coverage, in coverage/ (also test:coverage)
	@npm run --silent test:coverage
test\:coverage: test-coverage

.PHONY: test-crash
test-crash: $(BUILT) ## kill the server again and again, and look for lost text
	@npm run --silent test:crash

.PHONY: test-soak
test-soak: $(BUILT) ## many streams for a long time, and look for leaks
	@npm run --silent test:soak

.PHONY: bench
bench: $(BUILT) ## cost per token, against a plain pipe
	@npm run --silent bench

.PHONY: typecheck
typecheck: $(GENERATED) ## types only
	@npm run --silent typecheck

.PHONY: lint
lint: $(INSTALLED) ## lint, format and import boundaries, as they are
	@npm run --silent lint

.PHONY: format
format: $(INSTALLED) ## lint and format, with what can be repaired repaired
	@npm run --silent format

.PHONY: clean
clean: ## remove what was built; packages and data stay
	rm -rf dist coverage test-output src/store/generated

## The database (DATABASE_URL, or database.url)

# By way of the environment, so that quotes in it reach SQLite as they are.
export SQL

.PHONY: db-shell
db-shell: $(GENERATED) ## SQL at a prompt; SQL='select …' for one statement; WRITE=1 to change something
	@npm run --silent db-shell -- $(if $(WRITE),--write) $(if $(SQL),--command "$$SQL")

.PHONY: db-tables
db-tables: $(GENERATED) ## tables and their numbers of rows
	@npm run --silent db-shell -- --command .tables

.PHONY: db-schema
db-schema: $(GENERATED) ## how the tables were made
	@npm run --silent db-shell -- --command .schema

.PHONY: db-reset
db-reset: $(GENERATED) ## delete the database; asks, unless YES=1; the server must be stopped
	@npm run --silent db-reset -- $(if $(YES)$(FORCE),--yes)

## The image

.PHONY: docker-build
docker-build: ## build the image
	docker build --tag $(IMAGE) .

# The server drains for server.drain_ms (10 s) when it is stopped; Docker must wait longer than that.
# What .env says about address and database is meant for this machine, not for the inside of the container.
.PHONY: docker-run
docker-run: ## run it on http://127.0.0.1:3000 (PORT=…), its data in the volume llm-streaming-data
	docker run --rm --init --stop-timeout 20 --publish 127.0.0.1:$(PORT):3000 --volume llm-streaming-data:/app/data \
		$(if $(wildcard .env),--env-file .env) --env HOST=0.0.0.0 --env PORT=3000 \
		--env DATABASE_URL=file:/app/data/chat.db --env NODE_ENV=production $(IMAGE)

.PHONY: docker-prove
docker-prove: $(INSTALLED) ## run the Dockerfile's steps without Docker, and start what comes out
	@npx --no-install tsx scripts/prove-dockerfile.ts

# --- steps ---

# Not `npm ci`: it refuses a lock file without every platform's binaries, and npm writes such lock files where it has
# only some of them. This takes the locked versions as well, adds the binaries of this platform, and changes no file.
$(INSTALLED): package-lock.json
	@node scripts/check-node.js
	npm install --no-save --loglevel=error
	@touch $@

$(GENERATED): prisma/schema.prisma $(INSTALLED)
	npm run --silent generate
	@touch $@

$(BUILT): $(GENERATED) $(SOURCES)
	npm run --silent build
	@touch $@
