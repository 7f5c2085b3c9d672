"""Calls an operation of the API through requests-oauthlib.

It knows only the API's address, the client's id and its secret: where tokens come from, where the operation is and which
scopes it needs is in the API's description.

    python requests_oauthlib_client.py <operationId> [<body>]
"""

import os
import sys

import requests
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session

operation_id, *body = sys.argv[1:]
API_URL = os.environ["API_URL"]
CLIENT_ID = os.environ["CLIENT_ID"]
CLIENT_SECRET = os.environ["CLIENT_SECRET"]

description = requests.get(f"{API_URL}/openapi.json", timeout=10).json()
[(scheme, security)] = description["components"]["securitySchemes"].items()
token_url = security["flows"]["clientCredentials"]["tokenUrl"]
# On one machine there is no TLS.
if token_url.startswith("http:"):
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"


def find(operation_id):
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if operation["operationId"] == operation_id:
                return path, method, operation
    raise LookupError(operation_id)


path, method, operation = find(operation_id)
scope = operation["security"][0][scheme]
session = OAuth2Session(client=BackendApplicationClient(client_id=CLIENT_ID, scope=scope))
session.fetch_token(token_url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, timeout=10)
headers = {"Content-Type": "application/json"} if body else {}
answer = session.request(method.upper(), API_URL + path, data="".join(body), headers=headers, timeout=10)
print(operation_id, " ".join(scope), answer.status_code)
