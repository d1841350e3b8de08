#!/bin/sh
# Keeps `make query` and `make export` from asking another lake while the containers that have one of their own are down. $1 is make's target.
set -eu
command -v docker > /dev/null || exit 0
project=$(docker compose config 2>/dev/null | sed -n 's/^name: //p')
[ -n "$project" ] || exit 0
kept=$(docker volume ls --quiet --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.volume=lake 2>/dev/null) || exit 0
[ -n "$kept" ] || exit 0
# shellcheck disable=SC2016
printf 'error: The containers are down, and their lake lies in the volume %s: `make up` starts them, `make %s-here …` asks the lake of this machine instead.\n' "$kept" "$1" >&2
exit 1
