"""Slurm on this machine alone: its controller, one node and munge, in a folder of their own.

Debian's packages slurmctld, slurmd, slurm-client and munge, started as root; nothing outside the
folder is touched. `with cluster(folder, cpus=2) as environment:` gives what sbatch needs.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.ports import free_port
from tests.support.processes import end
from tests.support.waiting import wait_until

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")
PACKAGES = "slurmctld slurmd slurm-client munge"


def missing() -> str:
    """What to install before `cluster` works; empty: nothing."""
    if os.geteuid() != 0:
        return "slurmctld and slurmd start as root only"
    if any(shutil.which(name, path=_path()) is None for name in NEEDED):
        return f"apt-get install --no-install-recommends {PACKAGES}"
    return ""


@contextmanager
def cluster(folder: Path, cpus: int) -> Iterator[dict[str, str]]:
    """Variables that point sbatch, squeue and the rest to a running cluster of one node."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # munged refuses a socket that others could replace
    (folder / "state").mkdir()
    (folder / "spool").mkdir()
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o400)
    settings = folder / "slurm.conf"
    settings.write_text(_settings(folder, cpus))
    environment = {"SLURM_CONF": str(settings), "PATH": _path()}
    with ExitStack() as stack:
        _start(
            stack,
            folder,
            environment,
            "munged",
            *("--foreground", "--force", f"--socket={folder}/munge.socket"),
            *(f"--key-file={key}", f"--pid-file={folder}/munged.pid"),
            *(f"--log-file={folder}/munged.log", f"--seed-file={folder}/munge.seed"),
        )
        wait_until((folder / "munge.socket").exists, otherwise=lambda: _story(folder))
        _start(stack, folder, environment, "slurmctld", "-D")
        _start(stack, folder, environment, "slurmd", "-D", "-N", _host())
        wait_until(lambda: "idle" in _nodes(environment), otherwise=lambda: _story(folder))
        yield environment


def _start(stack: ExitStack, folder: Path, environment: dict[str, str], *command: str) -> None:
    with (folder / f"{command[0]}.out").open("ab") as output:
        process = subprocess.Popen(
            command,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    stack.callback(end, process)


def _settings(folder: Path, cpus: int) -> str:
    """No cgroups, no accounting: this machine may be a container."""
    return f"""\
ClusterName=ols
SlurmctldHost={_host()}(127.0.0.1)
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=5,batch_sched_delay=1
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=10
MinJobAge=10
NodeName={_host()} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def _host() -> str:
    return socket.gethostname().partition(".")[0]


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin"


def _nodes(environment: dict[str, str]) -> str:
    answer = subprocess.run(
        ["sinfo", "--noheader", "--format=%T"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    return answer.stdout


def _story(folder: Path) -> str:
    parts = sorted([*folder.glob("*.log"), *folder.glob("*.out")])
    return "\n".join(f"{part.name}:\n{part.read_text()[-1500:]}" for part in parts)
