#!/usr/bin/env bash
# Publishes the native worker into tests/.tools/native and prints where it is: the sweeps start it thousands of times, and it
# starts in a tenth of the time. Needs gcc, which tests/run.sh installs.
set -euo pipefail
cd "$(dirname "$0")/.."
case $(uname -m) in aarch64) runtime=linux-arm64 ;; *) runtime=linux-x64 ;; esac
folder=$PWD/tests/.tools/native
dotnet publish src/MailIngest --configuration Release --runtime "$runtime" -p:PublishAot=true --output "$folder" --verbosity quiet >&2
printf '%s\n' "$folder/MailIngest"
