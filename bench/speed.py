"""How fast pages are beside the floor, at two sizes: wall time by turns, statements, pages touched and bytes.

The databases are kept for the next run: files in DATA_DIR/bench, or databases beside DATABASE_URL's. A machine that
does other things, too, tells nothing by its times: what counts is the ratio of two medians taken by turns. A page is
too slow when its ratio is over its bound by more than a fifth in two runs.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
import requests
from psycopg import sql

from bench import looks
from bench.looks import Look

ROOT: Final = Path(__file__).resolve().parent.parent
SIZES: Final = [int(one) for one in os.environ.get("BENCH_SIZES", "1000,100000").split(",")]
PORT: Final = int(os.environ.get("BENCH_PORT", "8940"))
PAIRS: Final = int(os.environ.get("BENCH_PAIRS", "30"))
ASKS: Final = 12  # of each client; no more than the API takes of one in a minute
TOGETHER: Final = 1.6  # times the throughput of one, at least
WARM: Final = 5  # turns that are not counted: they read templates and plans
TOLERATED: Final = 1.2
SETTINGS: Final = {"portal.wsgi": "portal.settings", "bench.floor": "bench.floor_settings"}
Row = dict[str, Any]


def main() -> bool:
    """Measure each size, print and keep the tables. Returns whether no page is too slow in two runs."""
    kept = ROOT / "bench" / f"speed-{_vendor()}.json"
    before = {(one["size"], one["name"], one["who"]): one for one in _read(kept).get("rows", [])}
    rows = [row for size in SIZES for row in _size(size)]
    for row in rows:
        old = before.get((row["size"], row["name"], row["who"]))
        row["too_slow"] = _is_over(row) and bool(old and _is_over(old))
    told = {"machine": _machine(), "at": time.strftime("%Y-%m-%d %H:%M"), "database": _vendor(), "rows": rows}
    kept.write_text(json.dumps(told, indent=2) + "\n")
    sys.stdout.write("\n".join(table(rows)) + f"\nKept in {kept.relative_to(ROOT)}.\n")
    return not any(row["too_slow"] for row in rows)


def table(rows: list[Row]) -> list[str]:
    """Write it down for people, as Markdown: docs/benchmarks.md has it, too."""
    out = ["| size | page | reader | ms | floor | × | bound | queries | buffers | bytes |", "|" + "---|" * 10]
    for row in rows:
        times = f"{row['ratio']}{' **too slow**' if row['too_slow'] else ''}"
        cells = [row["size"], row["name"], row["who"], row["ms"], row["floor_ms"], times, row["bound"]]
        out.append("| " + " | ".join(map(str, [*cells, row["queries"], row["buffers"], row["bytes"]])) + " |")
    return out


def _is_over(row: Row) -> bool:
    if row["bound"] == TOGETHER:
        return bool(row["ratio"] * TOLERATED < TOGETHER)
    return bool(row["ratio"] > row["bound"] * TOLERATED)


def _size(size: int) -> Iterator[Row]:
    """Look at every page of one size."""
    environment = _environment(size)
    told = _told("bench.prepare", size, environment)
    with ExitStack() as stack:
        stack.enter_context(_server("portal.wsgi", PORT, environment))
        stack.enter_context(_server("bench.floor", PORT + 1, environment))
        _check_floor(told["sessions"][str(looks.ADMIN)])
        for look, counted in zip(looks.ALL, told["counted"], strict=True):
            yield {"size": size, **_beside(look, told["sessions"][str(look.who)], told["readers"]), **counted}
        yield {"size": size, **_together(told["tokens"])}
        for write in _told("bench.writes", PORT, environment):
            yield {"size": size, "who": "API", "buffers": "", "bytes": "", **write}


def _check_floor(session: str) -> None:
    """A floor that is the product itself, or its way to sign in, would make everything look quick."""
    page = requests.get(f"http://127.0.0.1:{PORT + 1}/", cookies={"usher_session": session}, timeout=60)
    if "<title>Floor</title>" not in page.text:
        raise RuntimeError(f"This is no floor: {page.status_code} {page.text[:200]}")


def _told(module: str, number: int, environment: dict[str, str]) -> Any:
    """What a part that needs the database of this size says at its end."""
    command = [sys.executable, "-m", module, str(number)]
    ran = subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return json.loads(ran.stdout.splitlines()[-1])


def _together(tokens: list[str]) -> Row:
    """How much more is asked through the API in the same time by eight clients than by one: as often by each."""
    one = _asked_a_second(tokens[:1])
    eight = _asked_a_second(tokens)
    return {
        "name": "eight clients, asks a second", "who": "API", "ms": round(eight, 1), "floor_ms": round(one, 1),
        "ratio": round(eight / one, 1), "bound": TOGETHER, "queries": "", "buffers": "", "bytes": "",
    }  # fmt: skip


def _asked_a_second(tokens: list[str]) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(len(tokens)) as clients:
        list(clients.map(_asks, tokens))
    return len(tokens) * ASKS / (time.perf_counter() - began)


def _asks(token: str) -> None:
    client = requests.Session()
    for number in range(ASKS):
        flow = number % 3
        body = {"flow": f"flow-{flow:02}", "target": f"target-{flow * 3:02}", "duration": "1h", "reason": "x"}
        answer = client.post(
            f"http://127.0.0.1:{PORT}/api/v1/requests",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        if answer.status_code != 201:
            raise RuntimeError(f"ask: {answer.status_code} {answer.text}")


def _beside(look: Look, session: str, readers: dict[str, str]) -> Row:
    """One page and the floor, by turns."""
    headers = look.headers({int(number): token for number, token in readers.items()})
    browser = requests.Session()
    browser.cookies.set("usher_session", session)
    path = look.again(browser.get(f"http://127.0.0.1:{PORT}{look.path}", timeout=60).text)
    took: dict[str, list[float]] = {}
    for address in [f"{PORT}{path}", f"{PORT + 1}/"] * (PAIRS + WARM):
        began = time.perf_counter()
        answer = browser.get(f"http://127.0.0.1:{address}", headers=headers, allow_redirects=False, timeout=60)
        took.setdefault(address, []).append((time.perf_counter() - began) * 1000)
        if answer.status_code not in (200, 204):
            raise RuntimeError(f"{look.name}: {answer.status_code}")
    page, floor = (statistics.median(times[WARM:]) for times in took.values())
    return {
        "name": look.name, "who": looks.NAMES[look.who], "ms": round(page, 1), "floor_ms": round(floor, 1),
        "ratio": round(page / floor, 1), "bound": look.bound,
    }  # fmt: skip


@contextmanager
def _server(application: str, port: int, environment: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "2", "--threads", "8", "--log-level", "warning"]
    # Each has settings of its own, whichever this process was started with.
    environment = {**environment, "DJANGO_SETTINGS_MODULE": SETTINGS[application]}
    log = Path(environment["DATA_DIR"]) / f"{application}.log"
    with log.open("wb") as into:
        server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=into, stderr=into)  # noqa: S603
    try:
        _until_it_answers(port, server)
        yield
    finally:
        server.terminate()
        server.wait(30)


def _until_it_answers(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _time in range(600):
        if server.poll() is not None:
            raise RuntimeError(f"The server on port {port} ended by itself: see its log in DATA_DIR/bench.")
        try:
            requests.get(f"http://127.0.0.1:{port}/", allow_redirects=False, timeout=30)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The server on port {port} does not answer.")


def _environment(size: int) -> dict[str, str]:
    """Where the data of this size is kept."""
    kept = {**os.environ, "SECRET_KEY": "bench " * 10, "BASE_URL": f"http://127.0.0.1:{PORT}"}
    folder = Path(os.environ.get("DATA_DIR", str(ROOT / "data"))) / "bench" / str(size)
    folder.mkdir(parents=True, exist_ok=True)
    kept |= {"SESSION_COOKIE_NAME": "usher_session", "DATA_DIR": str(folder)}
    address = os.environ.get("DATABASE_URL")
    if not address:
        return kept
    name = f"usher_bench_{size}"
    with psycopg.connect(address, autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return {**kept, "DATABASE_URL": urlunsplit(urlsplit(address)._replace(path=f"/{name}"))}


def _vendor() -> str:
    return "postgresql" if os.environ.get("DATABASE_URL") else "sqlite"


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text())) if path.exists() else {}
