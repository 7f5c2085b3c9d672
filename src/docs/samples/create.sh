# Made once for each thing that you create, and stored with it: every attempt has the same key.
KEY=$(uuidgen)

curl -i --retry 5 --retry-all-errors --max-time 10 \
  -H "Authorization: Bearer $TOKEN" \
  -H "Idempotency-Key: $KEY" \
  --json '{{createBody|sh}}' \
  '{{apiUrl}}{{createPath}}'
