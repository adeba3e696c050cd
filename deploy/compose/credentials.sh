#!/bin/sh
# Makes what a server and its users know it by, once: /credentials/password, and /credentials/url with it in SCHEME://USER:PASSWORD@HOST.
# Run: credentials.sh SCHEME://USER HOST, as root of a container without network, with the folder in a volume that only they share.
# A password of /run/secrets/password goes before the one made here. Without arguments: an empty url, which counts as not set.
set -eu
umask 022
put() { cat >"/credentials/.$1" && mv "/credentials/.$1" "/credentials/$1"; } # whole or not at all

if [ $# = 0 ]; then
  [ -e /credentials/url ] || put url </dev/null
  exit 0
fi
given=
if [ -e /run/secrets/password ]; then given=$(cat /run/secrets/password); fi # one that cannot be read is no reason to make another
if [ -n "$given" ]; then
  printf %s "$given" | put password
elif [ ! -s /credentials/password ]; then
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n' | put password
fi
# Every byte encoded: whatever a person chose stands in an address as it is.
printf '%s:%s@%s' "$1" "$(od -An -v -tx1 /credentials/password | tr -d '\n' | sed 's/ /%/g')" "$2" | put url
