# pip install requests
import requests

client = ("your client id", "your client secret")
granted = requests.post("{{tokenUrl}}", {"grant_type": "client_credentials"}, auth=client)
token = granted.json()["access_token"]

response = requests.get("{{apiUrl}}{{firstPath}}", headers={"Authorization": f"Bearer {token}"})
print(response.status_code, response.json())
