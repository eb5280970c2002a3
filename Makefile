.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help build run test e2e fuzz bench soak image bundle fmt check clean

STRICT := --explicit-target-dependency-import-check error
RELEASE := -c release --static-swift-stdlib $(STRICT)

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build release programs into .build/release
	@scripts/bootstrap
	@swift build $(RELEASE) --product ke-agent
	@swift build $(RELEASE) --product ke-aggregator
	@ln -sf ke-aggregator .build/release/ke

run: build ## Build, start aggregator and agent on this machine, show the report (DEMO=1: with three sample failures)
	@scripts/run

test: ## Everything that needs no cluster: unit, conformance, contract and tidy tests
	@scripts/bootstrap --tests
	@swift build --build-tests $(STRICT)
	@scripts/test

e2e: ## Real OOM kills, real journals, kill -9, floods (root; minutes)
	@scripts/bootstrap --tests
	@swift build --build-tests $(STRICT)
	@swift test --skip-build --no-parallel --filter EndToEndTests

fuzz: ## Fuzz every parser of foreign bytes, KE_FUZZ_SECONDS=20 each
	@scripts/bootstrap
	@scripts/fuzz

bench: build ## Measure, with comparators side by side
	@scripts/bootstrap --bench
	@Benchmarks/run

soak: build ## Agent and aggregator for SOAK_SECONDS=1800 at SOAK_RATE=2000 lines a second: exact and flat
	@Benchmarks/soak

image: build ## Make an OCI image archive without a container engine, .build/kubeeye-image.tar
	@scripts/image .build/kubeeye-image.tar

bundle: image ## Pack programs, image archive and manifests for a place without a way out, .build/kubeeye-bundle.tar.gz
	@scripts/bundle .build/kubeeye-image.tar .build/kubeeye-bundle.tar.gz

fmt: ## Format all sources in place
	@swift format --in-place --recursive Sources Tests Package.swift

check: ## Check formatting, shell syntax and the shipped rules
	@swift format lint --strict --recursive Sources Tests Package.swift
	@bash -n scripts/* .ci/run
	@swift build --product ke-agent
	@"$$(swift build --show-bin-path)/ke-agent" rules check rules/logs

clean: ## Remove what was built and the state of `make run`
	@rm -rf .build .build-bench .build-fuzz state
