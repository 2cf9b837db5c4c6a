#!/usr/bin/env bash
# Measures MailIngest beside its peers and beside what the machine can do at best, on loopback, with a real Dovecot; checks every
# message of every run; prints a table for each profile and writes docs/benchmarks.md. Installs what is missing.
#
#   tests/MailIngest.Benchmarks/run.sh                    about five minutes
#   tests/MailIngest.Benchmarks/run.sh mixed small@60     these profiles, printed only; @60: a round trip of 60 ms
#   tests/MailIngest.Benchmarks/run.sh --full             everything
#   tests/MailIngest.Benchmarks/run.sh --help             the rest
#
# TMPDIR is on the disk that is measured: it must be a real one, not memory. MAILINGEST_EXECUTABLE names another build of the worker.
# Exit code 1: a target was missed.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=tests/MailIngest.Benchmarks
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DEBIAN_FRONTEND=noninteractive
export TMPDIR=${TMPDIR:-/var/tmp} PATH=$PATH:/usr/sbin

missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need dovecot dovecot-pop3d
need mpop mpop
need fetchmail fetchmail
need getmail getmail6
need gcc gcc
[[ -e /usr/include/zlib.h ]] || missing+=(zlib1g-dev)
if ((${#missing[@]})); then
  if ((EUID != 0)); then
    echo "Missing: ${missing[*]}. Install them with: apt-get install ${missing[*]} (as root)." >&2
    exit 69
  fi
  apt-get update -q >&2
  apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
fi

echo "Building" >&2
"$here/Native/build.sh" "$here/bin/native"
worker=${MAILINGEST_EXECUTABLE:-$(tests/native.sh)}
dotnet build "$here" --configuration Release --verbosity quiet >&2
exec dotnet "$here/bin/Release/net10.0/MailIngest.Benchmarks.dll" "$@" --worker "$worker" --natives "$here/bin/native"
