"""Creates a user unless there is one of that address, then lists all users. Needs requests 2.28."""

import os
import time

import requests

API_URL = os.environ["API_URL"]
TOKEN_URL = os.environ["TOKEN_URL"]
CLIENT = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
SCOPE = os.environ.get("SCOPE")
REQUEST_TIMEOUT_SECONDS = 10
MAX_WAIT_SECONDS = 30


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
        answer = self.session.post(TOKEN_URL, form, auth=CLIENT, timeout=REQUEST_TIMEOUT_SECONDS)
        answer.raise_for_status()
        granted = answer.json()
        self.token = granted["access_token"]
        self.renew_at = time.monotonic() + granted["expires_in"] * 0.75

    def call(self, method, path, **options):
        """Sends a request; once more with a new token after 401, up to three times more after 503 with Retry-After."""
        if self.token is None or time.monotonic() >= self.renew_at:
            self.renew_token()
        renewed = False
        waits = 0
        while True:
            headers = {"Authorization": f"Bearer {self.token}"}
            answer = self.session.request(
                method, API_URL + path, headers=headers, timeout=REQUEST_TIMEOUT_SECONDS, **options
            )
            if answer.status_code == 401 and not renewed:
                renewed = True
                self.renew_token()
            elif answer.status_code == 503 and "Retry-After" in answer.headers and waits < 3:
                waits += 1
                time.sleep(min(int(answer.headers["Retry-After"]), MAX_WAIT_SECONDS))
            else:
                return answer

    def users(self):
        """Every user, page by page."""
        query = {"limit": 100}
        while True:
            answer = self.call("GET", "/api/v1/users", params=query)
            check(answer)
            page = answer.json()
            yield from page["data"]
            if page["next"] is None:
                return
            query["cursor"] = page["next"]


def check(answer):
    if not answer.ok:
        problem = answer.json()
        raise SystemExit("{status} {code}: {detail} (request {requestId})".format(**problem))


api = Api()
created = api.call("POST", "/api/v1/users", json={"email": "ada@example.com", "name": "Ada Lovelace"})
if created.status_code == 409:
    print("is there already")
else:
    check(created)
    print("created")

for user in api.users():
    print(user["email"])
