#!/bin/sh
# `make train` while the containers run: their trainer, with the user's file mounted. DATA, GRID and FORCE are make's.
set -eu
refuse() { printf 'error: DATA: %s\n' "$1" >&2; exit 2; }

if [ -z "${DATA:-}" ]; then
    file=/sample/vader_tweets.tsv
else
    [ -e "$DATA" ] || refuse "there is no file $DATA."
    [ -f "$DATA" ] || refuse "$DATA is no file."
    [ -r "$DATA" ] || refuse "$DATA can't be read: check its permissions."
    [ -s "$DATA" ] || refuse "$DATA is empty."
    folder=$(cd "$(dirname -- "$DATA")" && pwd)
    name=$(basename -- "$DATA")
    case $folder/$name in *:*) refuse "$folder/$name can't be mounted into a container, because of its colon; rename it." ;; esac
    # Under its own path, so that messages and the report name the user's file.
    file=${folder%/}/$name
    mounted=$file:$file:ro
fi
exec docker compose run --rm --no-deps --env LOG_FORMAT=console ${mounted:+--volume "$mounted"} trainer \
    python -m trainer train --data "$file" --grid "${GRID:-quick}" ${FORCE:+--force}
