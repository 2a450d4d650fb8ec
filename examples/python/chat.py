#!/usr/bin/env python3
"""Asks a question and prints the answer as it streams. Python's standard library only.

    python3 chat.py "Tell me a story"
    SERVICE=http://127.0.0.1:3000 python3 chat.py --chat my-chat "And then?"
    API_KEY=lss_... python3 chat.py "Tell me a story"      (for a service with authentication)

However often the connection is cut, the answer is whole and is generated once:
- the question carries an Idempotency-Key, so that it can be sent again when no answer to it arrived;
- every event has an id; with the last one (Last-Event-ID) the service sends exactly what is missing.
"""

import argparse
import http.client
import json
import os
import random
import sys
import time
import urllib.error
import urllib.request
import uuid

SERVICE = os.environ.get("SERVICE", "http://127.0.0.1:3000")
API_KEY = os.environ.get("API_KEY")
TERMINAL = ("complete", "stopped", "error")
# The service sends a heartbeat every 15 seconds: after three missing ones the connection is dead.
IDLE_SECONDS = 45
GIVE_UP_AFTER_SECONDS = 60
CONNECTION_FAILURES = (urllib.error.URLError, http.client.HTTPException, OSError)
WORTH_ANOTHER_TRY = (408, 425, 429, 502, 503, 504)


def request(path, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if data is not None:
        headers["content-type"] = "application/json"
    if API_KEY:
        headers["authorization"] = f"Bearer {API_KEY}"
    return urllib.request.urlopen(
        urllib.request.Request(SERVICE + path, data=data, headers=headers), timeout=IDLE_SECONDS
    )


def events(response):
    """The whole events of a stream, as (id, event). One that was cut was never said."""
    event_id, data = "", []
    for line in response:
        if not line.endswith(b"\n"):
            return
        field, _, value = line.decode().rstrip("\r\n").partition(": ")
        if field == "id":
            event_id = value
        elif field == "data":
            data.append(value)
        elif field == "" and value == "" and data:
            yield event_id, json.loads("\n".join(data))
            data = []


def connect(question, key, run, last_id):
    """Asks, or goes on with a run that has begun. None: the run has nothing more to say."""
    if run is None:
        return request("/api/chat", question, idempotency_key=key)
    response = request(f"/api/runs/{run}/stream?protocol=native", last_event_id=last_id)
    return None if response.status == 204 else response


def follow(question):
    """All events of one answer, each once."""
    key, run, last_id, lost_at, attempt = str(uuid.uuid4()), None, "", None, 0
    while True:
        try:
            response = connect(question, key, run, last_id)
            if response is None:
                with request(f"/api/runs/{run}") as stored:
                    yield json.load(stored)["terminal"]
                    return
            with response:
                # The run is known by the ids of whole events: http.client takes headers that were cut for whole ones.
                for last_id, event in events(response):
                    lost_at, attempt = None, 0
                    if event["type"] == "start" and run:
                        continue
                    run = last_id.partition(":")[0]
                    yield event
                    if event["type"] in TERMINAL:
                        return
        except urllib.error.HTTPError as refusal:
            if refusal.code not in WORTH_ANOTHER_TRY:
                raise
        except CONNECTION_FAILURES as failure:
            print(f"[{failure}]", file=sys.stderr)
        lost_at = lost_at or time.monotonic()
        if time.monotonic() - lost_at > GIVE_UP_AFTER_SECONDS:
            raise TimeoutError("the connection could not be made again")
        time.sleep(random.uniform(0, min(10, 0.5 * 2**attempt)))
        attempt += 1


def main():
    parser = argparse.ArgumentParser(description="Asks a question and prints the answer as it streams.")
    parser.add_argument("question")
    parser.add_argument("--chat", help="go on with this chat")
    arguments = parser.parse_args()
    question = {"messages": [{"role": "user", "content": arguments.question}]}
    if arguments.chat:
        question["chatId"] = arguments.chat
    try:
        for event in follow(question):
            if event["type"] == "start":
                print(f"[chat {event['chatId']}, {event['model']}]", file=sys.stderr)
            elif event["type"] == "content":
                print(event["content"], end="", flush=True)
            elif event["type"] == "status":
                print(f"[{event['message']}]", file=sys.stderr)
            elif event["type"] == "error":
                sys.exit(f"\n[{event['code']}] {event['message']}")
    except urllib.error.HTTPError as refusal:
        error = json.load(refusal)["error"]
        sys.exit(f"[{error['code']}] {error['message']}")
    print()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
