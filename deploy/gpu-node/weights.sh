#!/usr/bin/env bash
# Fetches Llama-3.1-8B and the published adapter, at fixed revisions, to where specialist.env looks for them: 16 GB.
# The base is given out to those who have agreed to its licence on the hub: HF_TOKEN is a token of theirs.
#   sudo HF_TOKEN=hf_... deploy/gpu-node/weights.sh
# A base or an adapter that you have in a folder needs none of this: name the folders in /etc/pricing-specialist/specialist.env.
set -euo pipefail

hub=${HUB_COMMAND:-/opt/pricing-agent/.venv/bin/hf}
to=${1:-/var/lib/pricing-specialist}

"$hub" download meta-llama/Llama-3.1-8B --revision d04e592bb4f6aa9cfee91e2e20afa771667e1d4b --exclude 'original/*' --local-dir "$to/Llama-3.1-8B"
"$hub" download ed-donner/pricer-2024-09-13_13.04.39 --revision e8d637df551603dc86cd7a1598a8f44af4d7ae36 \
  --local-dir "$to/pricer-2024-09-13_13.04.39"
if id pricing-specialist >/dev/null 2>&1; then chown -R pricing-specialist: "$to/Llama-3.1-8B" "$to/pricer-2024-09-13_13.04.39"; fi
