"""What people use today, each as fast as it goes: one process that does nothing but send, and records nothing.

    python -m benchmarks.sending.others pywa_threads --url http://127.0.0.1:9000 --token T --seconds 10

Prints one JSON object: how many were sent, in how many seconds. Every answer must carry a wamid.
"""

import argparse
import json
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count

import requests

THREADS = 32
TEXT = "Join me on Dott!"
VERSION = "v25.0"

Send = Callable[[str], object]


def pywa(url: str, token: str, number_id: str) -> Send:
    """PyWa over one httpx client that keeps as many connections as there are threads; by default it keeps 20."""
    import httpx
    from pywa import WhatsApp

    session = httpx.Client(limits=httpx.Limits(max_keepalive_connections=THREADS), timeout=30)
    whatsapp = WhatsApp(phone_id=number_id, token=token, session=session, api_version=VERSION.removeprefix("v"))
    # Its address is fixed, but for the client that it is given.
    session.base_url = f"{url}/{VERSION}"
    return lambda to: whatsapp.send_message(to=to, text=TEXT).id


def requests_session(url: str, token: str, number_id: str) -> Send:
    """What is usually written by hand."""
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=THREADS))
    session.headers["Authorization"] = f"Bearer {token}"
    address = f"{url}/{VERSION}/{number_id}/messages"

    def send(to: str) -> object:
        body = {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": TEXT}}
        response = session.post(address, json=body, timeout=30)
        response.raise_for_status()
        return response.json()["messages"][0]["id"]

    return send


def heyoo(url: str, token: str, number_id: str) -> Send:
    from heyoo import WhatsApp

    whatsapp = WhatsApp(token, number_id)
    whatsapp.url = f"{url}/{VERSION}/{number_id}/messages"
    return lambda to: whatsapp.send_message(TEXT, to)["messages"][0]["id"]


WAYS: dict[str, tuple[Callable[[str, str, str], Send], int]] = {
    "pywa_loop": (pywa, 1),
    "pywa_threads": (pywa, THREADS),
    "requests_threads": (requests_session, THREADS),
    "heyoo": (heyoo, 1),
}


def main() -> None:
    options = _options()
    make, threads = WAYS[options.way]
    send = make(options.url, options.token, options.number_id)
    numbers = (f"+1385{subscriber}" for subscriber in count(2_000_000))
    for _ in range(threads):
        send(next(numbers))
    sent, seconds = send_for(options.seconds, send, numbers, threads=threads)
    print(json.dumps({"sent": sent, "warm_up": threads, "seconds": seconds}))


def send_for(seconds: float, send: Send, numbers: Iterator[str], *, threads: int) -> tuple[int, float]:
    """Send from so many threads for that long; RuntimeError if an answer carried no wamid."""
    sent, lock, started = [0] * threads, threading.Lock(), time.perf_counter()
    failures: list[BaseException] = []

    def work(place: int) -> None:
        try:
            while time.perf_counter() - started < seconds and not failures:
                with lock:
                    to = next(numbers)
                _check(send(to))
                sent[place] += 1
        except Exception as failure:  # noqa: BLE001  raised below, by the thread that waits
            failures.append(failure)

    workers = [threading.Thread(target=work, args=(place,)) for place in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failures:
        raise RuntimeError(f"sending failed: {failures[0]!r}") from failures[0]
    return sum(sent), time.perf_counter() - started


def _check(wamid: object) -> None:
    if not str(wamid).startswith("wamid."):
        raise RuntimeError(f"the answer carried {wamid!r} and no wamid")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Send as fast as one library goes.")
    parser.add_argument("way", choices=list(WAYS))
    parser.add_argument("--url", required=True, help="the sandbox")
    parser.add_argument("--token", required=True)
    parser.add_argument("--number-id", default="676188225586230")
    parser.add_argument("--seconds", type=float, default=10)
    return parser.parse_args()


if __name__ == "__main__":
    main()
