#!/usr/bin/env bash
# Proves the install steps: makes a bare Debian 12 root (base and git, nothing else) by debootstrap, clones the committed
# tree into it and runs a command there.
#
#   sudo scripts/fresh_machine.sh FOLDER [COMMAND...]      default command: ./scripts/quickstart && ./scripts/test
#
# FOLDER is created if it is missing; a root that is already there is used again, with a new clone. Needs root and debootstrap.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
root=$1; shift
source_tree=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" -eq 0 ] || { echo "fresh_machine.sh: must run as root" >&2; exit 2; }
command -v debootstrap >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap >/dev/null

# The mirror that this machine uses, if it names one.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
  grep -oE 'https?://[^ ]+/debian/?( |$)' | head -1 | tr -d ' ' || true)
if [ ! -x "$root/usr/bin/git" ]; then
  debootstrap --variant=minbase --include=git,ca-certificates bookworm "$root" "${mirror:-http://deb.debian.org/debian}" >/dev/null
  # The root reaches packages the way this machine does.
  cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
  [ -f /etc/apt/sources.list ] && cp /etc/apt/sources.list "$root/etc/apt/sources.list"
  cp -r /etc/apt/sources.list.d/. "$root/etc/apt/sources.list.d/" 2>/dev/null || true
  cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
  cp /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null || true
fi

for folder in proc sys dev; do
  mountpoint -q "$root/$folder" && continue
  mount --rbind "/$folder" "$root/$folder"
  mount --make-rslave "$root/$folder"  # or unmounting it would unmount the machine's own
done
trap 'for folder in proc sys dev; do umount -R -l "$root/$folder" || true; done' EXIT
rm -rf "$root/root/coldforge"
git clone -q --no-hardlinks "$source_tree" "$root/root/coldforge"
[ $# -gt 0 ] || set -- sh -c './scripts/quickstart && ./scripts/test'
chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
  sh -c 'cd /root/coldforge && exec "$@"' sh "$@"
