# Only names for `dev.py`, which works without make on every platform. More arguments: make test ARGS="-k intake"
PYTHON ?= python3
ARGS ?=
DEV = @$(PYTHON) dev.py

.DEFAULT_GOAL := help
.PHONY: help demo start test check lint format chaos fuzz bench load record sync clean

help:
	$(DEV) --help

demo: # SCENARIO=name, REPORT=file.json
	$(DEV) demo $(if $(SCENARIO),--scenario "$(SCENARIO)") $(if $(REPORT),--report "$(REPORT)") $(ARGS)

bench: # ARGS="--scenario name --each 5 --orders 0 --transport servicebus --report file.json"
	$(DEV) bench $(ARGS)

load: # ARGS="--orders 5000 --per-minute 90 --minutes 80 --faults 1 --report file.json"
	$(DEV) load $(ARGS)

start test check lint format chaos fuzz record sync clean:
	$(DEV) $@ $(ARGS)
