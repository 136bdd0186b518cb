#!/usr/bin/env python3
"""Follows 1, 100 and 5,000 growing files with seclog and its peers, and measures. Run it by `scripts/bench follow`.

Every collector reads the same lines, three in a hundred of which are events; seclog redacts, classifies
and indexes, the others copy lines to a file. Ready: it has the first line of each file. Idle: nothing is
written for ten seconds. Latency: from the write of a line to the moment when another process finds it, in
the store or in the output file. Sustained: from the first byte of a burst to its last line.
"""

import argparse
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_S = 240


def plain(number):
    return (
        b'{"time":"2026-11-20T10:%02d:%02dZ","level":"INFO","msg":"request completed","method":"GET","path":"/api/items/%d",'
        b'"status":200,"duration_ms":%d,"client_ip":"198.51.100.%d","request_id":"%016x"}\n'
        % (number // 60 % 60, number % 60, number % 9999, number % 300, number % 250, number * 2654435761 % 2**64)
    )


def event(number):
    return (
        b'{"time":"2026-11-20T10:%02d:%02dZ","level":"WARN","msg":"login failed","user":"u%d","client_ip":"203.0.113.%d"}\n'
        % (number // 60 % 60, number % 60, number, number % 250)
    )


class Collector:
    """One process under test, and how to ask it what has arrived."""

    name = ""
    # Whether every line arrives, or only the events.
    takes_all = True

    def __init__(self, work):
        self.work = work
        self.logs = os.path.join(work, "logs")
        self.out = os.path.join(work, "out")
        os.makedirs(self.logs)
        self.process = None

    def command(self):
        raise NotImplementedError

    def start(self):
        errors = open(os.path.join(self.work, "errors"), "wb")
        home = dict(os.environ, HOME=self.work, XDG_CONFIG_HOME=self.work, XDG_STATE_HOME=self.work, **self.environment())
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, cwd=self.work, env=home
        )

    def environment(self):
        return {}

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def arrived(self):
        """How many lines are there; cheap."""
        try:
            with open(self.out, "rb") as file:
                file.seek(self.seen_bytes)
                more = file.read()
        except FileNotFoundError:
            return 0
        self.seen_bytes += len(more)
        self.seen_lines += more.count(b"\n")
        return self.seen_lines

    seen_bytes = 0
    seen_lines = 0

    def wait(self, count, pause=0.02):
        began = time.monotonic()
        while self.arrived() < count:
            if self.process.poll() is not None or time.monotonic() - began > PATIENCE_S:
                raise RuntimeError(f"{self.name}: {self.arrived()} of {count} arrived")
            time.sleep(pause)

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        """Resident and own (no file behind it), in MB."""
        values = {}
        with open(f"/proc/{self.process.pid}/status") as file:
            for line in file:
                key, _, value = line.partition(":")
                if key in ("VmRSS", "RssAnon"):
                    values[key] = int(value.split()[0]) / 1024
        return values["VmRSS"], values["RssAnon"]

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


class Seclog(Collector):
    name = "seclog"
    takes_all = False
    program = ""
    options = []

    def command(self):
        store = ["--db", os.path.join(self.work, "e.db"), "--keep", "security", "--quiet"]
        return [self.program, "collect", "--follow", os.path.join(self.logs, "*.log")] + store + self.options

    connection = None

    def arrived(self):
        if self.connection is None:
            path = os.path.join(self.work, "e.db")
            if not os.path.exists(path):
                return 0
            self.connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10, isolation_level=None)
        try:
            # Rows and their words are in one transaction: what has a row is found by a search.
            return self.connection.execute("SELECT coalesce(max(seq), 0) FROM changes").fetchone()[0]
        except sqlite3.OperationalError:
            return 0


class SeclogArchive(Seclog):
    name = "seclog, archive on"
    options = ["--archive", "archive"]


class Rsyslog(Collector):
    name = "rsyslog"

    def command(self):
        path = os.path.join(self.work, "rsyslog.conf")
        with open(path, "w") as file:
            file.write(
                f'global(workDirectory="{self.work}" maxMessageSize="64k")\n'
                'module(load="imfile")\n'
                f'input(type="imfile" file="{self.logs}/*.log" tag="t" ruleset="out" PersistStateInterval="1000")\n'
                'template(name="raw" type="string" string="%msg%\\n")\n'
                f'ruleset(name="out") {{ action(type="omfile" file="{self.out}" template="raw" asyncWriting="off") }}\n'
            )
        return ["/usr/sbin/rsyslogd", "-n", "-f", path, "-i", os.path.join(self.work, "pid")]


class SyslogNG(Collector):
    name = "syslog-ng"
    root = ""

    def environment(self):
        return {"LD_LIBRARY_PATH": f"{self.root}/usr/lib/syslog-ng"}

    def command(self):
        path = os.path.join(self.work, "syslog-ng.conf")
        files = len(os.listdir(self.logs))
        with open(path, "w") as file:
            file.write(
                "@version: 3.38\n"
                "options { flush-lines(100); stats-freq(0); };\n"
                f'source s {{ wildcard-file(base-dir("{self.logs}") filename-pattern("*.log") flags(no-parse)'
                f" max-files({files + 10}) log-iw-size({(files + 10) * 100})); }};\n"
                f'destination d {{ file("{self.out}" template("$MSG\\n") log-fifo-size({(files + 10) * 200})); }};\n'
                "log { source(s); destination(d); flags(flow-control); };\n"
            )
        var = ["-F", "-f", path, "-R", f"{self.work}/persist", "-p", f"{self.work}/pid", "-c", f"{self.work}/ctl"]
        return [f"{self.root}/usr/sbin/syslog-ng", f"--module-path={self.root}/usr/lib/syslog-ng/3.38"] + var


class FluentBit(Collector):
    name = "fluent-bit"
    program = ""

    def command(self):
        path = os.path.join(self.work, "fluent-bit.conf")
        with open(path, "w") as file:
            file.write(
                "[SERVICE]\n flush 0.2\n grace 1\n log_level warn\n"
                f"[INPUT]\n Name tail\n Path {self.logs}/*.log\n Tag t\n Read_from_Head on\n Refresh_Interval 1\n"
                f" DB {self.work}/tail.db\n Buffer_Chunk_Size 256k\n Buffer_Max_Size 4M\n Mem_Buf_Limit 64M\n"
                f"[OUTPUT]\n Name file\n Match *\n Path {self.work}\n File out\n Format plain\n"
            )
        return [self.program, "-c", path]


class Writer:
    """Writes lines to the logs, each file in turn."""

    def __init__(self, collector, files):
        self.paths = [os.path.join(collector.logs, f"app-{index:05}.log") for index in range(files)]
        self.handles = {}
        self.number = 0
        self.expected = 0
        self.takes_all = collector.takes_all

    def append(self, index, data, lines, events):
        handle = self.handles.get(index)
        if handle is None:
            if len(self.handles) >= 500:
                for old in self.handles.values():
                    os.close(old)
                self.handles = {}
            handle = self.handles[index] = os.open(self.paths[index], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.write(handle, data)
        self.expected += lines if self.takes_all else events

    def one(self, index):
        self.number += 1
        self.append(index, event(self.number), 1, 1)

    def block(self, lines=100):
        """Bytes of so many lines, 3 in 100 events."""
        data = []
        for _ in range(lines):
            self.number += 1
            data.append(event(self.number) if self.number % 33 == 0 else plain(self.number))
        return b"".join(data), lines, sum(1 for line in data if b"login failed" in line)

    def close(self):
        for handle in self.handles.values():
            os.close(handle)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def measure(kind, files, megabytes, idle_s):
    work = tempfile.mkdtemp(prefix="seclog-follow-")
    collector = kind(work)
    writer = Writer(collector, files)
    row = {}
    try:
        for index in range(files):
            writer.one(index)
        began = time.monotonic()
        collector.start()
        collector.wait(writer.expected)
        row["ready"] = time.monotonic() - began
        time.sleep(3)  # What begins late may begin.
        before = collector.cpu()
        time.sleep(idle_s)
        row["idle"] = (collector.cpu() - before) / idle_s * 100
        latencies = []
        choose = random.Random(7)
        for _ in range(150):
            start = time.monotonic()
            writer.one(choose.randrange(files))
            collector.wait(writer.expected, pause=0.0005)
            latencies.append((time.monotonic() - start) * 1000)
            time.sleep(choose.random() * 0.05)
        row["p50"], row["p99"] = percentile(latencies, 0.5), percentile(latencies, 0.99)
        if megabytes:
            blocks = [writer.block(1000) for _ in range(20)]
            size = sum(len(block[0]) for block in blocks)
            rounds = max(1, int(megabytes * 1e6 / size))
            before = collector.cpu()
            start = time.monotonic()
            for turn in range(rounds):
                for place, (data, lines, events) in enumerate(blocks):
                    writer.append((turn * len(blocks) + place) % files, data, lines, events)
            collector.wait(writer.expected)
            elapsed = time.monotonic() - start
            row["rate"] = rounds * size / 1e6 / elapsed
            row["cpu_rate"] = rounds * size / 1e6 / max(0.01, collector.cpu() - before)
        row["rss"], row["own"] = collector.memory()
        row["fds"] = collector.descriptors()
    except RuntimeError as error:
        row["error"] = str(error)
    finally:
        collector.stop()
        writer.close()
        shutil.rmtree(work, ignore_errors=True)
    return row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seclog", required=True)
    parser.add_argument("--syslog-ng", default="", help="directory that its package was unpacked to")
    parser.add_argument("--fluent-bit", default="")
    parser.add_argument("--files", default="1,100,1000,5000")
    parser.add_argument("--megabytes", type=float, default=300)
    parser.add_argument("--idle", type=float, default=10)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    Seclog.program = arguments.seclog
    kinds = [Seclog, SeclogArchive]
    if os.path.exists("/usr/sbin/rsyslogd"):
        kinds.append(Rsyslog)
    if arguments.syslog_ng:
        SyslogNG.root = os.path.abspath(arguments.syslog_ng)
        kinds.append(SyslogNG)
    if arguments.fluent_bit:
        FluentBit.program = os.path.abspath(arguments.fluent_bit)
        kinds.append(FluentBit)
    print(
        f"{'collector':<20} {'files':>6} {'ready s':>8} {'idle %':>7} {'p50 ms':>7} {'p99 ms':>7} {'MB/s':>7}"
        f" {'MB/CPU s':>8} {'RSS MB':>7} {'own MB':>7} {'fds':>5}"
    )
    for files in map(int, arguments.files.split(",")):
        for kind in kinds:
            if arguments.only and not kind.name.startswith(tuple(arguments.only.split(","))):
                continue
            row = measure(kind, files, arguments.megabytes, arguments.idle)

            def cell(key, form):
                return format(row[key], form) if key in row else "-"

            print(
                f"{kind.name:<20} {files:>6} {cell('ready', '.2f'):>8} {cell('idle', '.2f'):>7} {cell('p50', '.0f'):>7}"
                f" {cell('p99', '.0f'):>7} {cell('rate', '.0f'):>7} {cell('cpu_rate', '.0f'):>8} {cell('rss', '.0f'):>7}"
                f" {cell('own', '.0f'):>7} {cell('fds', '.0f'):>5}  {row.get('error', '')}",
                flush=True,
            )
    print(f"load of the machine meanwhile: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores", file=sys.stderr)


if __name__ == "__main__":
    main()
