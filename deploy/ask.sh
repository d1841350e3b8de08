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
FOLDER=$(dirname -- "$FILE")
explain() {
    free=$(df -Pk -- "$FOLDER" 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ ! -w "$FOLDER" ]; then
        printf 'error: FILE: %s takes no file (%s KiB free): name a folder that is there and can be written.\n' "$FOLDER" "${free:-0}" >&2
    elif [ "${free:-64}" -lt 64 ]; then
        printf 'error: FILE: the disk of %s is full (%s KiB free): make room there, or name another folder, and say it again.\n' "$FOLDER" "$free" >&2
    fi
}
# What fits no longer is looked at before it goes.
trap 'code=$?; [ "$code" = 0 ] || explain; rm -f -- ${PART:+"$PART"}; exit "$code"' EXIT
PART=$(mktemp "$FOLDER/.answer.XXXXXX")
if [ -f "$FILE" ]; then cp -p -- "$FILE" "$PART"; else chmod "$(printf %o $((0666 & ~$(umask))))" "$PART"; fi
docker compose run --rm -T "$@" > "$PART"
mv -f -- "$PART" "$FILE"
