"""nginx, Apache and Caddy as private processes on free ports: Debian's packages.

`documented` is what docs/proxy.md tells each of them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port
from tests.support.processes import end, until_it_answers
from tests.support.servers import NotInstalledError

KINDS = ("nginx", "apache", "caddy")
PAGE = Path(__file__).parents[2] / "docs" / "proxy.md"

# What a package's own configuration has around a site's, as far as it matters here: Debian's
# nginx.conf switches gzip on.
_NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log stderr;
events {{ }}
http {{
    access_log off; gzip on; gzip_types *; gzip_min_length 0;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/a; uwsgi_temp_path {folder}/b; scgi_temp_path {folder}/c;
    server {{ listen 127.0.0.1:{port}; {site} }}
}}
"""
_APACHE = """
ServerRoot /usr/lib/apache2
ServerName localhost
PidFile {folder}/pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/error.log
Listen 127.0.0.1:{port}
{modules}
AddOutputFilterByType DEFLATE text/html text/event-stream application/json
{site}
"""
_APACHE_MODULES = ("mpm_event", "authz_core", "filter", "deflate", "headers", "proxy", "proxy_http")
_CADDY = """
{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port}, http://localhost:{port} {{
    encode gzip
{site}
}}
"""


def documented(kind: str, address: str) -> str:
    """The page's block of this kind, with `address` (http://127.0.0.1:1234) for its example's."""
    block = re.search(rf"^```{kind}\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert block is not None, f"{PAGE.name} has no block of {kind}"
    return block[1].replace("127.0.0.1:8000", address.removeprefix("http://"))


@contextmanager
def proxy(kind: str, site: str) -> Iterator[str]:
    """The address of a running `nginx`, `apache` or `caddy` with this site's configuration.

    Raises NotInstalledError.
    """
    program = shutil.which({"apache": "apache2"}.get(kind, kind), path="/usr/sbin:/usr/bin")
    if program is None:
        raise NotInstalledError(f"{kind} is not installed: `make system` installs it")
    folder, port = Path(tempfile.mkdtemp(prefix=f"ols-{kind}-")), free_port()
    modules = "\n".join(
        f"LoadModule {name}_module modules/mod_{name}.so" for name in _APACHE_MODULES
    )
    form = {"nginx": _NGINX, "apache": _APACHE, "caddy": _CADDY}[kind]
    file, log = folder / "config", folder / "log"
    file.write_text(form.format(folder=folder, port=port, site=site, modules=modules))
    command = {
        "nginx": [program, "-p", str(folder), "-c", str(file), "-e", "stderr"],
        "apache": [program, "-d", str(folder), "-f", str(file), "-DFOREGROUND"],
        "caddy": [program, "run", "--config", str(file), "--adapter", "caddyfile"],
    }[kind]
    env = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "XDG_DATA_HOME": str(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=output, stderr=output)

    try:
        until_it_answers(process, f"http://127.0.0.1:{port}", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)
        shutil.rmtree(folder)
