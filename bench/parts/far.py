"""An sshd of the benchmark's own on the loopback address, and a proxy that makes it far away."""

import os
import pathlib
import queue
import socket
import subprocess
import threading
import time

CONFIG = """Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile none
Subsystem sftp internal-sftp
SetEnv BLKDELTA_STATE={folder}/state-far
"""

HOST = """Host {name}
HostName 127.0.0.1
Port {port}
User {user}
IdentityFile {folder}/id
UserKnownHostsFile {folder}/known
GlobalKnownHostsFile none
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Far:
    """The hosts `far` and, with a round trip of `delay` seconds, `farther`; ssh finds them by `config`."""

    def __init__(self, folder, delay):
        self.config = folder / "ssh_config"
        port, slow = free_port(), free_port()
        for key in ("host", "id"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
        (folder / "authorized").write_bytes((folder / "id.pub").read_bytes())
        key = (folder / "host.pub").read_text()
        (folder / "known").write_text("".join(f"[127.0.0.1]:{p} {key}" for p in (port, slow)))
        (folder / "sshd_config").write_text(CONFIG.format(port=port, folder=folder))
        user = os.environ.get("USER", "root")
        self.config.write_text(
            "".join(
                HOST.format(name=name, port=p, user=user, folder=folder)
                for name, p in (("far", port), ("farther", slow))
            )
        )
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
        self.sshd = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-f", folder / "sshd_config", "-E", folder / "sshd.log"]
        )
        threading.Thread(target=delayed, args=(slow, port, delay / 2), daemon=True).start()
        for _ in range(50):
            if subprocess.run(["ssh", "-F", self.config, "far", "true"], capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit("bench/run: sshd does not answer: " + (folder / "sshd.log").read_text())

    def cpu(self):
        """Returns the seconds of processor time of all sessions that have ended."""
        fields = pathlib.Path(f"/proc/{self.sshd.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        self.sshd.terminate()
        self.sshd.wait()


def delayed(port, to, seconds):
    """Serves `port`: every byte reaches port `to`, or comes back, so many seconds later."""
    listener = socket.create_server(("127.0.0.1", port))
    while True:
        near, _ = listener.accept()
        there = socket.create_connection(("127.0.0.1", to))
        for one, other in ((near, there), (there, near)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # what is under way in 40 ms at 10 Gbit/s
            flying = queue.Queue(maxsize=256)
            threading.Thread(target=take, args=(one, flying, seconds), daemon=True).start()
            threading.Thread(target=give, args=(other, flying), daemon=True).start()


def take(source, flying, seconds):
    while True:
        try:
            data = source.recv(1 << 18)
        except OSError:
            data = b""
        flying.put((time.monotonic() + seconds, data))
        if not data:
            return


def give(target, flying):
    while True:
        due, data = flying.get()
        time.sleep(max(0, due - time.monotonic()))
        try:
            target.sendall(data) if data else target.shutdown(socket.SHUT_WR)
        except OSError:
            return
        if not data:
            return
