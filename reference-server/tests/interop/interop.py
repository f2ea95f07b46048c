"""python-socketio against the server: polling, WebSocket, and the upgrade between them.

Arguments: URL, cookie, transports (polling | websocket | upgrade). Prints one line of JSON: what came.
"""

import json
import sys
import threading

import engineio
import requests
import socketio

url, cookie, way = sys.argv[1:4]
transports = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": None}[way]
# It takes 16 packets in one poll by default and drops the connection at the 17th; its manual names this.
engineio.payload.Payload.max_decode_packets = 1000
# A header of the connect would go with the handshake alone; a session's cookies go with every request.
session = requests.Session()
session.cookies.set(*cookie.split("=", 1))
client = socketio.Client(reconnection=False, http_session=session)
numbers, done, ready = [], threading.Event(), threading.Event()


@client.on("*")
def event(name, *arguments):
    if name == "ready":
        ready.set()
        return
    numbers.append(arguments[1]["seq"])
    if name == "result":
        done.set()


client.connect(url, transports=transports)
assert ready.wait(20), "no ready"
started = client.call("start_action", {"kind": "popups", "parameters": {"count": 20}}, timeout=20)
assert done.wait(20), "no result"
resumed = client.call("resume", {"last_seq": 0}, timeout=20)
refused = client.call("join", {"room": "user_bob"}, timeout=20)
transport = client.transport()
client.disconnect()

try:
    socketio.Client(reconnection=False).connect(url, transports=transports)
    stranger = "connected"
except socketio.exceptions.ConnectionError:
    stranger = "refused"

print(json.dumps({
    "transport": transport,
    "started": started["kind"],
    "numbers": numbers,
    "complete": resumed["complete"],
    "refused": refused["error"],
    "stranger": stranger,
}))
