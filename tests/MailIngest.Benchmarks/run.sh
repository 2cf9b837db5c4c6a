#!/usr/bin/env bash
# Measures MailIngest beside its peers and beside what the machine can do at best: on loopback, with a real Dovecot. Installs what is
# missing, checks every message of every run, prints a table for each profile, and writes docs/benchmarks.md.
#
#   run.sh                      a share of the profiles, two runs each: about five minutes
#   run.sh --full               every profile that has a target: about half an hour
#   run.sh PROFILE[@RTT]...     these, which are only printed; @60: a round trip of 60 ms to the server
#
# PROFILE
#   empty                       an empty mailbox, from exec to exit
#   small, mixed, large         10,000 messages of 4 KB; 3,000 of realistic sizes, 200 MB; 8 of 50 MB
#   huge                        one message of 1 GiB
#   many                        500 mailboxes with 20 messages each
#   listing-10k, -100k, -1m     so many messages stay on the server, and all are known
#   blobs                       small messages into a blob service that forgets them, beside Azure.Storage.Blobs alone
#   smoke                       50 messages, to see that it works
#
# Options
#   --all-peers                 also fetchmail, getmail6 and, over a slow link, MailKit one by one: with few messages where they are slow
#   --runs N                    runs of each peer instead of the profile's own number
#   --only NAME[,NAME...]       only these rows, by the beginning of their names
#   --page FILE                 writes the page there
#   --hurry                     does not wait until the disk is quiet
#
# TMPDIR is on the disk that is measured, which must be a real one, not memory. MAILINGEST_EXECUTABLE names another build of the worker.
# Exit code 1: a target was missed.
set -euo pipefail
if [[ " $* " == *" --help "* ]]; then
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0"
  exit 0
fi
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
[[ -e /usr/include/stdio.h ]] || missing+=(libc6-dev)
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
exec dotnet "$here/bin/Release/net10.0/MailIngest.Benchmarks.dll" "$@" --worker "$worker" --natives "$here/bin/native" \
  --libraries "$here.Libraries/bin/Release/net10.0/MailIngest.Benchmarks.Libraries.dll"
