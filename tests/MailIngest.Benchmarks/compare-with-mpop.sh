#!/usr/bin/env bash
# Drains the same maildrop (3,000 messages, about 200 MB) from Dovecot with mpop into a Maildir and with MailIngest,
# as a native binary, into a folder of blobs; checks every message of every run and prints a table. Exit code 1: MailIngest was slower.
#
#   compare-with-mpop.sh [--runs N] [--only mpop|MailIngest]
#
# The disk under TMPDIR is what is measured: it must be a real one, not memory.
set -euo pipefail
cd "$(dirname "$0")/../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DEBIAN_FRONTEND=noninteractive
export TMPDIR=${TMPDIR:-/var/tmp} PATH=$PATH:/usr/sbin

missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need dovecot dovecot-pop3d
need mpop mpop
need gcc gcc
[[ -x /usr/bin/time ]] || missing+=(time)
[[ -e /usr/include/zlib.h ]] || missing+=(zlib1g-dev)
if ((${#missing[@]})); then
  if ((EUID != 0)); then
    echo "Missing: ${missing[*]}. Install them with: apt-get install ${missing[*]} (as root)." >&2
    exit 69
  fi
  apt-get update -q >&2
  apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
fi

worker=
if [[ " $* " != *" --only mpop "* ]]; then
  publish=tests/MailIngest.Benchmarks/bin/native
  dotnet publish src/MailIngest --configuration Release --runtime linux-x64 -p:PublishAot=true --output "$publish" >&2
  worker=$PWD/$publish/MailIngest
fi
exec dotnet run --project tests/MailIngest.Benchmarks --configuration Release -- --worker "$worker" "$@"
