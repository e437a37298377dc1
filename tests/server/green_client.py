"""Use an emulator in many ways, and print a line for each; run by test_green.py after a patch."""

# ruff: noqa: T201  (what it prints is what the tests read)

import json
import threading
import time

import requests
import websocket

from tiledesk_mock import TiledeskMock, mock_tiledesk

mock = TiledeskMock().start()
agent = mock.agent
events = f"{mock.url}/{mock.project_id}/events"


def post(name: str) -> int:
    """Fire an event; return the status."""
    return requests.post(events, json={"name": name}, auth=agent.basic, timeout=20).status_code


def call_together(count: int, name: str, repeat: int = 1) -> list[int]:
    """Fire events from several threads; return their statuses."""
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.extend(post(name) for _ in range(repeat)))
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return statuses


print("answered", call_together(10, "many", 3).count(200), "of 30")

mock.faults.add(latency=1.0, path="/events")
started = time.perf_counter()
delayed = call_together(8, "late").count(200)
print("delayed", delayed, "together" if time.perf_counter() - started < 6 else "one by one")
mock.faults.clear()

mock.faults.add(drop="request", count=1)
try:
    post("dropped")
except requests.ConnectionError:
    print("dropped")

timer = threading.Timer(0.05, post, ("order.paid",))
timer.start()
print("waited for", mock.wait_for_event("order.paid", timeout=20)["name"])
timer.join()

topic = f"/{mock.project_id}/events/{agent.id}"
socket = websocket.create_connection(f"{mock.ws_url}?token={mock.owner.jwt[4:]}", timeout=20)
socket.send(json.dumps({"action": "subscribe", "payload": {"topic": topic}}))
socket.recv()
post("order.paid")
print("frame of", json.loads(socket.recv())["payload"]["message"]["name"])

with mock.webhooks.receiver("event.emit.order.paid") as receiver:
    receiver.respond_with(503)
    post("order.paid")
    mock.webhooks.drain(20)
    print("webhooks", len(receiver.wait_for(2)))

with mock_tiledesk() as intercepted:
    url = "https://api.tiledesk.com/v3/testauth"
    print("intercepted", requests.get(url, auth=intercepted.agent.basic, timeout=5).status_code)

session = requests.Session()
session.get(f"{mock.url}/testauth", auth=agent.basic, timeout=20)
mock.stop()
print("stopped")
