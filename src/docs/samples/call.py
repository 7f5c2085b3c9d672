"""Prints every item of {{listPath}}. Needs requests 2.28."""

import json
import os
import time

import requests

API_URL = "{{apiUrl}}"
TOKEN_URL = "{{tokenUrl}}"
CLIENT = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
SCOPE = os.environ.get("SCOPE")
REQUEST_TIMEOUT_SECONDS = 10
MAX_WAIT_SECONDS = 30
# What a new token helps against. With any other 401, the client itself is refused.
TOKEN_REFUSED = {"token_expired", "token_revoked", "invalid_token"}


class Api:
    """Calls the API with a token that it keeps for three quarters of its life."""

    def __init__(self):
        self.session = requests.Session()
        self.token = None
        self.renew_at = 0.0

    def renew_token(self):
        form = {"grant_type": "client_credentials"}
        if SCOPE:
            form["scope"] = SCOPE
        response = self.session.post(TOKEN_URL, form, auth=CLIENT, timeout=REQUEST_TIMEOUT_SECONDS)
        response.raise_for_status()
        granted = response.json()
        self.token = granted["access_token"]
        self.renew_at = time.monotonic() + granted["expires_in"] * 0.75

    def call(self, path, **query):
        """Sends a request: once more with a new token if the old one is refused as such, and up to three times more
        after 429 and 503 with Retry-After."""
        if self.token is None or time.monotonic() >= self.renew_at:
            self.renew_token()
        renewed = False
        waits = 0
        while True:
            headers = {"Authorization": f"Bearer {self.token}"}
            response = self.session.get(API_URL + path, params=query, headers=headers, timeout=REQUEST_TIMEOUT_SECONDS)
            if response.ok:
                return response.json()
            problem = response.json()
            if response.status_code == 401 and problem["code"] in TOKEN_REFUSED and not renewed:
                renewed = True
                self.renew_token()
            elif response.status_code in (429, 503) and "Retry-After" in response.headers and waits < 3:
                waits += 1
                time.sleep(min(int(response.headers["Retry-After"]), MAX_WAIT_SECONDS))
            else:
                raise SystemExit("{status} {code}: {detail} (request {requestId})".format(**problem))

    def items(self):
        """Every item, page by page."""
        query = {"limit": 100}
        while True:
            page = self.call("{{listPath}}", **query)
            yield from page["data"]
            if page["next"] is None:
                return
            query["cursor"] = page["next"]


for item in Api().items():
    print(json.dumps(item))
