#!/usr/bin/env bash
# A backup by curl and jq: `curl.sh start|follow|check`, vaults a line on standard input. The token is kept in $TOKEN_FILE.
set -euo pipefail
if [ ! -s "$TOKEN_FILE" ]; then
    jq -n '{auth: {identity: {methods: ["password"], password: {user: {name: env.USERNAME, password: env.PASSWORD,
        domain: {name: env.DOMAIN}}}}, scope: {project: {id: env.PROJECT}}}}' |
        curl -sSf -o /dev/null -D - -H 'Content-Type: application/json' -d @- "$URL/v3/auth/tokens?nocatalog=true" |
        tr -d '\r' | sed -n 's/^X-Subject-Token: //Ip' >"$TOKEN_FILE"
fi
ask() { curl -sSf -H "X-Auth-Token: $(<"$TOKEN_FILE")" -H 'Content-Type: application/json' "$@"; }
started=()
while read -r vault; do
    if [ "$1" = check ]; then
        ask "$URL/v3/$PROJECT/backups?vault_id=$vault" |
            jq -r '[.backups[] | select(.status == "available").created_at] | max'
    else
        started+=("$(ask -d "{\"checkpoint\": {\"vault_id\": \"$vault\"}}" "$URL/v3/$PROJECT/checkpoints" | jq -r .checkpoint.id)")
    fi
done
[ "$1" != follow ] || for checkpoint in "${started[@]}"; do
    until [ "$(ask "$URL/v3/$PROJECT/checkpoints/$checkpoint" | jq -r .checkpoint.status)" != protecting ]; do sleep 1; done
done
