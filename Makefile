# Every command does its own set-up: an environment in .venv, made when it is missing or outdated.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CODE := streamlit_app.py pages resnet_core tests benchmarks

# For `make gpu`: where CIFAR-10 is (downloaded if it is a name), and how nets share the card.
CIFAR10 ?= cifar10
REPRODUCE ?= --at-once 4 --threads 2

.PHONY: app test check format lint types unit browser gpu clean

app: $(VENV)/app.stamp  ## Install what the app needs, and start it.
	$(BIN)/streamlit run streamlit_app.py

test: check unit  ## Install what tests need, and run everything.

check: format lint types

format: $(VENV)/test.stamp
	$(BIN)/ruff format --check $(CODE)

lint: $(VENV)/test.stamp
	$(BIN)/ruff check $(CODE)

types: $(VENV)/test.stamp
	$(BIN)/pyright

unit: $(VENV)/test.stamp browser
	$(BIN)/python -m pytest -n 2 --dist loadfile

browser: $(VENV)/test.stamp  ## A Chromium: the one that is there, else Debian's, else Playwright's.
	sh tests/browser/ensure_chromium.sh $(BIN)/playwright

gpu: $(VENV)/test.stamp  ## On a machine with a card: measure, then train and ship every planned net.
	$(BIN)/python -m benchmarks.train_throughput --device cuda --recipe cifar10-resnet18-cifar-fast
	$(BIN)/python -m benchmarks.telemetry_overhead --device cuda
	$(BIN)/python -m benchmarks.time_to_accuracy --device cuda --data $(CIFAR10) --seeds 0 1 2
	$(BIN)/python -m resnet_core reproduce --device cuda --cifar10 $(CIFAR10) $(REPRODUCE)

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache

$(VENV)/app.stamp: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $@

$(VENV)/test.stamp: requirements.txt tests/requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement tests/requirements.txt
	touch $@ $(VENV)/app.stamp
