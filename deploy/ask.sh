#!/bin/sh
# `make query` and `make export` while the containers run. SQL or NAMED, FORMAT and FILE are make's; FILE is one of this machine.
set -eu
refuse() { printf 'error: FILE: %s\n' "$1" >&2; exit 2; }
if [ -n "${FILE:-}" ]; then
    [ ! -d "$FILE" ] || refuse "$FILE is a folder: name a file in it."
    # A link stays a link.
    if [ -L "$FILE" ]; then FILE=$(readlink -f -- "$FILE"); fi
    FOLDER=$(dirname -- "$FILE")
    [ -d "$FOLDER" ] || refuse "there is no folder $FOLDER: make it, or name another."
fi
set -- lake python -m sentistream lake query ${FORMAT:+--format "$FORMAT"} ${FILE:+--saved-as "$FILE"} ${NAMED:+--named "$NAMED"} ${SQL:+-- "$SQL"}
# Only now: nothing else needs this image.
docker compose build --quiet lake >&2
if [ -z "${FILE:-}" ]; then
    if [ -t 0 ] && [ -t 1 ]; then exec docker compose run --rm "$@"; fi
    exec docker compose run --rm -T "$@"
fi
# As a query on this machine: the file appears whole, or stays as it was, and a private file private.
explain() {
    free=$(df -Pk -- "$FOLDER" 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ ! -w "$FOLDER" ]; then
        printf 'error: FILE: %s takes no file: name a folder that can be written.\n' "$FOLDER" >&2
    elif [ "${free:-64}" -lt 64 ]; then
        printf 'error: FILE: the disk of %s is full (%s KiB free): make room there, or name another folder, and say it again.\n' "$FOLDER" "$free" >&2
    else
        return 1
    fi
}
PART=$(mktemp "$FOLDER/.answer.XXXXXX" 2>&1) || { explain || refuse "$PART"; exit 1; }
# What fits no longer is looked at before it goes.
trap 'code=$?; [ "$code" = 0 ] || explain || :; rm -f -- "$PART"; exit "$code"' EXIT
if [ -f "$FILE" ]; then cp -p -- "$FILE" "$PART"; else chmod "$(printf %o $((0666 & ~$(umask))))" "$PART"; fi
docker compose run --rm -T "$@" > "$PART"
mv -f -- "$PART" "$FILE"
