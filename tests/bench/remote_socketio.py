"""What the client of Socket.IO takes beside npm's socket.io-client, both over a WebSocket."""

import os
import statistics
import subprocess

from home import load_average, program

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS = {
    "stepwire": lambda: [program("remote_socketio_client")],
    "npm socket.io-client": lambda: ["node", os.path.join(HERE, "remote_socketio_client.mjs")],
}
TASKS = {"receive": ("events received", 200_000), "emit": ("events sent", 100_000), "ask": ("acknowledgements, one after the other", 10_000)}


def bench_remote_socketio(runs=5):
    if not os.path.isdir(os.path.join(HERE, "node_modules/socket.io-client")):
        subprocess.run(["npm", "ci", "--prefix", HERE, "--loglevel=error", "--no-audit", "--no-fund"], check=True, stdout=subprocess.DEVNULL)
    server = subprocess.Popen(["node", os.path.join(HERE, "remote_socketio_flood.mjs")], stdout=subprocess.PIPE, text=True)
    try:
        url = "http://127.0.0.1:" + server.stdout.readline().strip()
        print(f"\nthe client of Socket.IO, a second ({load_average()})")
        print(f"  {'':62} {'a second':>10} {'µs of processor':>16}   beside npm's")
        for task, (words, count) in TASKS.items():
            results = {name: [] for name in CLIENTS}
            for turn in range(runs + 1):
                for name, argv in CLIENTS.items():
                    done = subprocess.run([*argv(), url, task, str(count)], capture_output=True, text=True, check=True, timeout=120)
                    if turn > 0: # the first warms up
                        results[name].append([float(part) / count for part in done.stdout.split()])
            for name, pairs in results.items():
                other = results["npm socket.io-client"]
                faster = statistics.median(theirs[0] / ours[0] for ours, theirs in zip(pairs, other))
                lighter = statistics.median(theirs[1] / ours[1] for ours, theirs in zip(pairs, other))
                print(f"  {words + ': ' + name:62} {1 / statistics.median(pair[0] for pair in pairs):10.0f} "
                      f"{statistics.median(pair[1] for pair in pairs) * 1e6:16.2f}   {faster:.2f} as many, {1 / lighter:.2f} of its processor time")
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
