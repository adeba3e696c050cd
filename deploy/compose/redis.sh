#!/bin/sh
# Starts Redis with its password, which stands neither in its arguments nor in its environment: as a hash, on standard input.
set -eu
hash=$(sha256sum </credentials/password | cut -d' ' -f1)
exec redis-server - "$@" <<END
user default on #$hash ~* &* +@all
END
