#!/usr/bin/env bash
# Prints every item of {{listPath}}. Needs curl 7.84 and jq 1.6.
set -euo pipefail
: "${CLIENT_ID:?}" "${CLIENT_SECRET:?}"
api_url='{{apiUrl}}'
token_url='{{tokenUrl}}'

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# Secrets go to curl through a file descriptor: a command line can be read by everyone on the machine.
renew_token() {
  curl --silent --show-error --fail-with-body --retry 3 --max-time 10 --output "$answer" \
    --config <(printf 'user = "%s:%s"' "$CLIENT_ID" "$CLIENT_SECRET") \
    --data grant_type=client_credentials ${SCOPE:+--data-urlencode "scope=$SCOPE"} "$token_url"
  token=$(jq --raw-output .access_token "$answer")
  renew_at=$((SECONDS + $(jq .expires_in "$answer") * 3 / 4))
}

send() {
  head=$(curl --silent --show-error --max-time 10 --output "$answer" --write-out '%{http_code} %header{retry-after}' \
    --config <(printf 'header = "Authorization: Bearer %s"' "$token") "$@")
  read -r status retry_after <<<"$head"
}

# call PATH [option of curl]...: leaves the status in $status and the body in the file $answer.
# Sends the request once more with a new token if the old one is refused as such, and up to three times more
# after 429 and 503 with Retry-After.
call() {
  local path=$1 renewed='' attempt=0
  shift
  if [[ -z ${token:-} || $SECONDS -ge $renew_at ]]; then renew_token; fi
  while send "$@" "$api_url$path"; do
    if [[ $status == 401 && -z $renewed && $(jq --raw-output .code "$answer") =~ ^(token_expired|token_revoked|invalid_token)$ ]]; then
      renewed=yes
      renew_token
    elif [[ $status =~ ^(429|503)$ && -n $retry_after && $attempt -lt 3 ]]; then
      attempt=$((attempt + 1))
      sleep $((retry_after < 30 ? retry_after : 30))
    else
      return 0
    fi
  done
}

next='{{listPath}}?limit=100'
while [[ -n $next ]]; do
  call "$next"
  if [[ $status != 200 ]]; then
    jq --raw-output '"\(.status) \(.code): \(.detail) (request \(.requestId))"' "$answer" >&2
    exit 1
  fi
  jq --compact-output '.data[]' "$answer"
  next=$(jq --raw-output '.next // empty | "{{listPath}}?limit=100&cursor=\(.)"' "$answer")
done
