#!/usr/bin/env bash
# Makes a machine with an NVIDIA driver a GPU node: packages, a user, the unit, caddy, and a key. Run it again after `git pull`.
#   sudo deploy/gpu-node/install.sh gpu-node.example.com           a name that the internet knows: a public certificate
#   sudo deploy/gpu-node/install.sh --internal gpu-node            any other: a certificate of caddy's own authority
set -euo pipefail

tls=public
if [ "${1:-}" = --internal ]; then tls=internal; shift; fi
name=${1:?"say under which name others reach this machine"}
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd -P)
etc=${ETC:-/etc}

# The unit hides these folders from the service (ProtectHome), which could not start out of one.
refuse_homes() {
  case $project/ in
    /home/* | /root/* | /run/user/*)
      echo "$project is below a home folder, which the service does not see: clone into /opt/pricing-agent." >&2
      exit 1 ;;
  esac
}

install_programs() {
  command -v nvidia-smi >/dev/null || { echo "There is no nvidia-smi: install NVIDIA's driver first." >&2; exit 1; }
  # Triton builds its launchers with a C compiler when the service starts.
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends caddy gcc libc6-dev openssl python3-venv >/dev/null
  [ "$project" = /opt/pricing-agent ] || ln -sfn "$project" /opt/pricing-agent
  python3 -m venv "$project/.uv"
  "$project/.uv/bin/pip" install --quiet uv
  # Ours are named: uv looks at their pyproject.toml alone, and would keep the former code where only the sources are newer.
  UV_PYTHON_INSTALL_DIR=/opt/pricing-python "$project/.uv/bin/uv" sync --directory "$project" \
    --frozen --no-dev --no-editable --package specialist --extra gpu --reinstall-package common --reinstall-package specialist
  id pricing-specialist >/dev/null 2>&1 || useradd --system --home-dir /var/lib/pricing-specialist --shell /usr/sbin/nologin pricing-specialist
  install -d -m 0700 -o pricing-specialist -g pricing-specialist /var/lib/pricing-specialist
}

# The key is shown once: the node keeps its hash alone. The settings are there whole or not at all: without a key everybody would be let in.
write_settings() {
  install -d -m 0755 "$etc/pricing-specialist" "$etc/systemd/system" "$etc/systemd/system/caddy.service.d" "$etc/caddy"
  local settings=$etc/pricing-specialist/specialist.env
  if [ ! -e "$settings" ]; then
    local key hash
    key=ppa_$(openssl rand -hex 32)
    hash=$(printf %s "$key" | sha256sum | cut -d' ' -f1)
    (umask 077; sed -e "s|^API_KEYS=.*|API_KEYS=ensemble:sha256:$hash|" -e "s|^ALLOWED_HOSTS=.*|ALLOWED_HOSTS=${name%%:*}|" \
      "$here/specialist.env" > "$settings.new")
    mv "$settings.new" "$settings"
    echo "On the machine of the ensemble, with PEER_API_KEY elsewhere unset:"
    echo "  SPECIALIST_URL=https://$name PEER_API_KEY=$key"
  elif ! grep -qE '^API_KEYS(_FILE)?=.*[^[:space:]]' "$settings"; then
    echo "$settings names no key, so that everybody would be let in: put a hash into API_KEYS, or take the file away for a new key." >&2
    exit 1
  else
    answer_to "${name%%:*}"
  fi
  cp "$here/pricing-specialist.service" "$etc/systemd/system/"
  cp "$here/Caddyfile" "$etc/caddy/Caddyfile"
  printf '[Service]\nEnvironment=GPU_NODE_NAME=%s GPU_NODE_TLS=%s\n' "$name" "$tls" > "$etc/systemd/system/caddy.service.d/gpu-node.conf"
}

# A name beside those under which the specialist answers already.
answer_to() {
  local file=$etc/pricing-specialist/specialist.env hosts
  hosts=$(sed -n 's/^ALLOWED_HOSTS=//p' "$file")
  case ,$hosts, in *,"$1",*) return ;; esac
  sed -i "/^ALLOWED_HOSTS=/d" "$file"
  echo "ALLOWED_HOSTS=${hosts:+$hosts,}$1" >> "$file"
}

[ -n "${ONLY_SETTINGS:-}" ] || refuse_homes
[ -n "${ONLY_SETTINGS:-}" ] || install_programs
write_settings
[ -n "${ONLY_SETTINGS:-}" ] || systemctl daemon-reload
