#!/usr/bin/env bash
# A backup by OpenStack's client: `openstack.sh start|follow`, vaults a line on standard input. It has no wait of its own.
set -euo pipefail
if [ -s "${TOKEN_FILE:-}" ]; then # a token that is there is its quickest way: one request, without looking for the service
    export OS_AUTH_TYPE=admin_token OS_ENDPOINT="$URL/v3/$PROJECT"
    OS_TOKEN=$(<"$TOKEN_FILE") && export OS_TOKEN
    unset OS_AUTH_URL OS_USERNAME OS_PASSWORD OS_USER_DOMAIN_NAME OS_PROJECT_ID
fi
while read -r vault; do
    checkpoint=$(openstack cbr checkpoint create --vault-id "$vault" -f value -c id)
    [ "$1" != follow ] || until [ "$(openstack cbr checkpoint show "$checkpoint" -f value -c status)" != protecting ]; do sleep 1; done
done
