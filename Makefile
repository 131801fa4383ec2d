# What each target does: make help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-compile
# On all cores (pip uses one), but for what no run imports.
BYTECODE := $(BIN)/python -m compileall -qq -j 0 -x '/(tests?|pip|setuptools|pygments|fontTools)/' $(VENV)/lib mnister

.DEFAULT_GOAL := help
.PHONY: help setup setup-sweep check check-hydra-next demo test lint format lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.done ## make .venv and install the locked packages

$(VENV)/.done: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Python 3.11 to 3.13 is needed; choose one: make PYTHON=python3.11 setup")'
	$(PYTHON) -m venv $(VENV)
	@# pip uses one core: TensorFlow, half of it all, is installed beside the rest.
	awk '/^[^ ]/ {is_it = /^tensorflow==/} is_it' requirements.lock > $(VENV)/tensorflow.lock
	awk '/^[^ ]/ {is_it = /^tensorflow==/} !is_it' requirements.lock > $(VENV)/others.lock
	$(INSTALL) --no-deps -r $(VENV)/tensorflow.lock & tensorflow=$$!; \
		$(INSTALL) --no-deps -r $(VENV)/others.lock && wait $$tensorflow
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BYTECODE)
	@touch $@

setup-sweep: setup ## add the packages of all extras (0.8 GB)
	$(INSTALL) -r requirements-sweep.lock
	$(BYTECODE)

check: setup ## does the installation work? versions, devices, one training step
	$(BIN)/python -m mnister.training.check

check-hydra-next: setup ## does the candidate of the next Hydra compose every choice? may fail
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --pre --upgrade --target $(VENV)/hydra-next 'hydra-core>=1.4.0.dev0'
	PYTHONPATH=$(VENV)/hydra-next $(BIN)/python tests/config/hydra_next.py

demo: setup ## train on MNIST, export, read the sample pictures in both modes
	$(BIN)/python train.py
	$(BIN)/python infer.py mode=single_digit
	$(BIN)/python infer.py mode=multi_digit
	@echo
	@echo "The exported model:     outputs/models/"
	@echo "What training left:     outputs/train/    (curves: $(BIN)/tensorboard --logdir outputs/train)"
	@echo "What reading left:      outputs/infer/    (annotated pages, predictions.csv and .json)"
	@echo "Read your own picture:  $(BIN)/python infer.py mode=multi_digit images=photo.jpg"

test: setup ## run the tests
	$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

lint: setup ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup ## mend formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## choose the newest allowed versions anew (needs uv)
	$(LOCK) --all-extras -o requirements-sweep.lock
	$(LOCK) --extra train --extra serve --extra dev -c requirements-sweep.lock -o requirements.lock

clean: ## remove .venv and caches; outputs/ stays
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
