#!/bin/sh
# numba takes no cache folder that it can't write to: the compiled kernel is copied to where this container may write.
set -e
mkdir -p "$NUMBA_CACHE_DIR"
cp -R /opt/kernel/. "$NUMBA_CACHE_DIR"
exec "$@"
