#!/bin/bash
# images.sh SITE_PACKAGES: stand-ins for the base images of docker-compose.yml and the Dockerfile, made
# from this machine's installed Debian packages, where no image can be pulled. As root, on Debian, with
# a running dockerd. SITE_PACKAGES is a virtual environment's, of Debian's own Python minor version:
# torch is taken from there, or every build would download it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) site=$1 work=$(mktemp -d) root=
trap 'rm -rf "$work"' EXIT
root=$work/root
# The files of the packages and of all that they depend on, as one root file system.
essential=$(dpkg-query -W -f '${Essential} ${Package}\n' | sed -n 's/^yes //p')
minor=$("$site/../../../bin/python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
# shellcheck disable=SC2086
apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks \
    --no-replaces --no-enhances $essential passwd python3 python3-minimal "$minor" python3-pip \
    postgresql redis-server ca-certificates netbase tzdata | sed -nE 's/^([a-z0-9][^:]*).*/\1/p' | sort -u |
    { xargs -n1 dpkg-query -L 2>/dev/null || true; } | sort -u |
    grep -vE '^/usr/share/(doc|man|locale|info|postgresql/.*/man)/|^/\.$' |
    sed -E 's#^/##; s#^(bin|sbin|lib|lib64)/#usr/&#; /^(bin|sbin|lib|lib32|lib64|libx32)$/d' | sort -u >"$work/files"
mkdir -p "$root"/{tmp,proc,sys,dev,run,root,usr/local/bin,var/lib/postgresql,var/lock,usr/bin,usr/sbin,usr/lib,usr/lib64}
for folder in bin sbin lib lib64; do ln -s usr/$folder "$root/$folder"; done
tar -C / --no-recursion --ignore-failed-read -cf - -T "$work/files" 2>/dev/null | tar -C "$root" -xf - 2>/dev/null || true
cp -a /etc/alternatives /etc/ld.so.conf.d /etc/ld.so.conf "$root/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
for file in passwd group shadow; do grep -vE '^[^:]*:[^:]*:[1-9][0-9]{3}:' /etc/$file >"$root/etc/$file"; done
cp -a /usr/bin/awk "$root/usr/bin/"
ln -s python3 "$root/usr/bin/python"
rm -f "$root"/usr/lib/python3*/EXTERNALLY-MANAGED
chmod 1777 "$root/tmp"
chroot "$root" ldconfig
tar -C "$root" -c . | docker import - ols-standin >/dev/null
docker build -q -t postgres:17 "$here/postgres" >/dev/null
docker build -q -t redis:8 "$here/redis" >/dev/null
packages=$root/usr/local/lib/$minor/dist-packages
mkdir -p "$packages"
(cd "$site" && { ls -d torch torchvision torchvision.libs functorch torchgen triton nvidia cuda torch-* torchvision-* \
    triton-* nvidia_* cuda_* 2>/dev/null || true; } | grep -v nvidia_ml | sort -u) |
    while read -r name; do cp -al "$site/$name" "$packages/" 2>/dev/null || cp -a "$site/$name" "$packages/"; done
tar -C "$root" -c . | docker import -c 'ENV LANG=C.UTF-8' -c 'CMD ["python3"]' - python:3.12-slim >/dev/null
