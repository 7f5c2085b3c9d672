CLIENT_ID='your client id' CLIENT_SECRET='your client secret'
TOKEN=$(curl -sS -u "$CLIENT_ID:$CLIENT_SECRET" \
  -d grant_type=client_credentials \
  '{{tokenUrl}}' |
  sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -i -H "Authorization: Bearer $TOKEN" \
  '{{apiUrl}}{{firstPath}}'
