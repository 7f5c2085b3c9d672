import os
import time
import uuid

import requests

# Made once for each thing that you create, and stored with it: every attempt has the same key.
key = str(uuid.uuid4())


def create(body):
    """Sends the request until it is answered, at most five times. What it creates is created once."""
    headers = {
        "Authorization": f"Bearer {os.environ['TOKEN']}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    for attempt in range(1, 6):
        try:
            response = requests.post("{{apiUrl}}{{createPath}}", data=body, headers=headers, timeout=10)
        except requests.RequestException:
            if attempt == 5:
                raise
            time.sleep(attempt)
            continue
        if response.status_code < 500 and "Retry-After" not in response.headers or attempt == 5:
            return response
        time.sleep(int(response.headers.get("Retry-After", attempt)))


response = create('{{createBody|py}}')
print(response.status_code, response.json())
