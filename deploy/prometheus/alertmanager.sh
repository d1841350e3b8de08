#!/bin/sh
# Starts Alertmanager with the address in the file that $1 names; the address may hold a token, so it is in no variable and no argument.
set -eu
template=$(dirname "$0")/alertmanager.yml
url=$(cat "$1")
case $url in
    "") sed '/^    webhook_configs:/,$d' "$template" ;;
    http://* | https://*)
        case $url in
            *[!-A-Za-z0-9._~:/?#@%=+\&,]*) echo "error: ALERT_WEBHOOK_FILE holds no plain address." >&2; exit 2 ;;
        esac
        sed "s|url: WEBHOOK|url: '$(printf %s "$url" | sed 's/&/\\&/g')'|" "$template"
        ;;
    *) echo "error: ALERT_WEBHOOK_FILE should hold one address, http:// or https://." >&2; exit 2 ;;
esac > "${TMPDIR:-/tmp}/alertmanager.yml"
shift
exec prometheus-alertmanager --config.file="${TMPDIR:-/tmp}/alertmanager.yml" "$@"
