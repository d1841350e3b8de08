#!/bin/sh
# `make query` and `make export` while the containers run. SQL or NAMED, FORMAT and FILE are make's; FILE is one of this machine.
set -eu
if [ -n "${FILE:-}" ]; then
    # The container doesn't see the file, whose name says the format.
    FORMAT=${FORMAT:-$(printf %s "${FILE##*.}" | tr '[:upper:]' '[:lower:]')}
fi
set -- lake python -m sentistream lake query ${FORMAT:+--format "$FORMAT"} ${NAMED:+--named "$NAMED"} ${SQL:+-- "$SQL"}
# Only now: nothing else needs this image.
docker compose build --quiet lake >&2
if [ -z "${FILE:-}" ]; then
    if [ -t 0 ] && [ -t 1 ]; then exec docker compose run --rm "$@"; fi
    exec docker compose run --rm -T "$@"
fi
# As a query on this machine: the file appears whole, or stays as it was; a link stays a link, and a private file private.
if [ -L "$FILE" ]; then FILE=$(readlink -f -- "$FILE"); fi
PART=$(mktemp "$(dirname -- "$FILE")/.answer.XXXXXX")
trap 'rm -f -- "$PART"' EXIT
if [ -f "$FILE" ]; then cp -p -- "$FILE" "$PART"; else chmod "$(printf %o $((0666 & ~$(umask))))" "$PART"; fi
docker compose run --rm -T "$@" > "$PART"
mv -f -- "$PART" "$FILE"
