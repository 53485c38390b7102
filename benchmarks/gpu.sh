#!/usr/bin/env bash
# What takes a GPU, some ten minutes on an H100: the tests of CUDA, training beside plain loops, and the trainings of R2 and
# R4 at full length in TF32, whose figures and pictures come into metrics/full and plots/full. To be committed, these two
# folders alone: what the classifier here has learned on the GPU is not that of the other figures.
# BENCH and VARIANTS in the environment replace the benchmarks' arguments and the variants.
set -euo pipefail
mkdir -p plots/full
python -m pytest -q -n 0 tests/test_cuda.py
# shellcheck disable=SC2086  # several arguments
python -m benchmarks ${BENCH:---device cuda} --json plots/full/benchmarks.json
dvc repro train_classifier@mnist evaluate_images_floor@mnist
cp params.yaml params.yaml.before
trap 'mv params.yaml.before params.yaml' EXIT
sed 's/^precision: .*/precision: tf32/' params.yaml.before > params.yaml
for variant in ${VARIANTS:-dcgan mlp dropout_mlp}; do
  python -m stages full_length "$variant"
done
