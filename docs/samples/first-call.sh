TOKEN=$(curl -sS -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials "$TOKEN_URL" |
  jq -r .access_token)
curl -sS -i -H "Authorization: Bearer $TOKEN" "$API_URL/api/v1/users"
