"""A real PostgreSQL server on loopback, from the programs of the machine's own package."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

_START_S = 30.0
_POLL_S = 0.02
_PASSWORD = "pass-canary-8c1e"


def postgres_programs() -> Path | None:
    """Where ``initdb`` and ``postgres`` are, or None when the machine has none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: path.parts[-3]
    )
    named = [*found, *(Path(path) for path in [shutil.which("postgres")] if path)]
    folders = [path.parent for path in reversed(named) if path.with_name("initdb").exists()]
    return folders[0] if folders else None


class RunningPostgres:
    """One server with data of its own; it can be stopped and started again."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # Beside the tests' own folders, which nobody but their owner may enter.
        self._folder = Path(tempfile.mkdtemp(prefix="counterpoint-postgres-"))
        self._user = _unprivileged() if os.geteuid() == 0 else None
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.password = _PASSWORD
        secret = self._folder / "password"
        secret.write_text(_PASSWORD)
        if self._user is not None:
            for path in (self._folder, secret):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        self._run(
            "initdb", "--pgdata", str(self._folder / "data"), "--username", "keeper",
            "--auth", "scram-sha-256", "--pwfile", str(secret), "--encoding", "UTF8",
            "--locale", "C", "--no-sync",
        )  # fmt: skip

    def url(self, database: str = "postgres", password: str = _PASSWORD) -> str:
        """The address of a database on it."""
        return f"postgresql+psycopg://keeper:{password}@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        """Start it and wait until it lets somebody in."""
        import psycopg

        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self._folder / "data", "-p", str(self._port),
             "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
             "-c", "fsync=off"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=self._as_user(),
            cwd=self._folder,
        )  # fmt: skip
        last_s = time.monotonic() + _START_S
        while time.monotonic() < last_s:
            try:
                psycopg.connect(self.url().replace("+psycopg", "")).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, "the server ended"
                time.sleep(_POLL_S)
            else:
                return
        raise AssertionError("the server did not start")

    def stop(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.send_signal(3)
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """End it and remove its data."""
        self.stop()
        shutil.rmtree(self._folder)

    def make_database(self, name: str) -> str:
        """Make an empty database; returns its address."""
        import psycopg

        with psycopg.connect(self.url().replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.url(name)

    def _as_user(self) -> int | None:
        return self._user.pw_uid if self._user else None

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments],
            check=True, capture_output=True, user=self._as_user(), cwd=self._folder,
        )  # fmt: skip


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError("there is no user to run the server as")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
