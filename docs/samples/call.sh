#!/usr/bin/env bash
# Creates a user unless there is one of that address, then lists all users. Needs curl 7.84 and jq 1.6.
set -euo pipefail
: "${API_URL:?}" "${TOKEN_URL:?}" "${CLIENT_ID:?}" "${CLIENT_SECRET:?}"

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# Secrets go to curl through a file descriptor: a command line can be read by everyone on the machine.
renew_token() {
  curl --silent --show-error --fail-with-body --retry 3 --output "$answer" \
    --config <(printf 'user = "%s:%s"' "$CLIENT_ID" "$CLIENT_SECRET") \
    --data grant_type=client_credentials ${SCOPE:+--data-urlencode "scope=$SCOPE"} "$TOKEN_URL"
  token=$(jq --raw-output .access_token "$answer")
  renew_at=$((SECONDS + $(jq .expires_in "$answer") * 3 / 4))
}

# Sends a request, up to three times more after 503 with Retry-After; --retry would repeat it without that too.
send() {
  local attempt head retry_after
  for attempt in 1 2 3 4; do
    head=$(curl --silent --show-error --max-time 10 --output "$answer" --write-out '%{http_code} %header{retry-after}' \
      --config <(printf 'header = "Authorization: Bearer %s"' "$token") "$@")
    read -r status retry_after <<<"$head"
    if [[ $status != 503 || -z $retry_after || $attempt == 4 ]]; then return; fi
    sleep $((retry_after < 30 ? retry_after : 30))
  done
}

# call PATH [option of curl]...: leaves the status in $status and the body in the file $answer
call() {
  local path=$1
  shift
  if [[ -z ${token:-} || $SECONDS -ge $renew_at ]]; then renew_token; fi
  send "$@" "$API_URL$path"
  if [[ $status == 401 ]]; then
    renew_token
    send "$@" "$API_URL$path"
  fi
}

fail() {
  jq --raw-output '"\(.status) \(.code): \(.detail) (request \(.requestId))"' "$answer" >&2
  exit 1
}

call /api/v1/users --json '{ "email": "ada@example.com", "name": "Ada Lovelace" }'
case $status in
  201) echo "created" ;;
  409) echo "is there already" ;;
  *) fail ;;
esac

next='/api/v1/users?limit=100'
while [[ -n $next ]]; do
  call "$next"
  [[ $status == 200 ]] || fail
  jq --raw-output '.data[].email' "$answer"
  next=$(jq --raw-output '.next // empty | "/api/v1/users?limit=100&cursor=\(.)"' "$answer")
done
