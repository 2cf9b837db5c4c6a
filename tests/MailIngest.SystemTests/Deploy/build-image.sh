#!/usr/bin/env bash
# Builds deploy/Dockerfile without a registry: on Debian's packages and this machine's .NET SDK. Runs the demo in the image, and a check of
# a configuration. Everything is below FOLDER, which may be deleted afterwards. As root; needs buildah and debootstrap.
#
#   build-image.sh FOLDER
set -euo pipefail
folder=$(realpath "$1")
cd "$(dirname "$0")/../../.."

buildah() { command buildah --root "$folder/store" --runroot "$folder/run" --storage-driver vfs "$@"; }
# No namespaces or cgroups of its own: it has to work in a container as well.
export BUILDAH_ISOLATION=chroot

debootstrap --variant=minbase --include=gcc,libc6-dev,zlib1g-dev,ca-certificates,tzdata "$(. /etc/os-release; echo "$VERSION_CODENAME")" "$folder/sdk"
cp --archive "$(dirname "$(realpath "$(command -v dotnet)")")" "$folder/sdk/usr/share/dotnet"
ln -s ../share/dotnet/dotnet "$folder/sdk/usr/bin/dotnet"
sdk=$(buildah from scratch)
buildah add --quiet "$sdk" "$folder/sdk" /
buildah config --env PATH=/usr/sbin:/usr/bin:/sbin:/bin --env DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 --env DOTNET_CLI_TELEMETRY_OPTOUT=1 "$sdk"
buildah commit --quiet --rm "$sdk" localhost/sdk
rm -rf "$folder/sdk"

# Packages come from where this machine takes them, and are believed by its certificates.
mkdir -p ~/.nuget
buildah bud --layers=false --volume "$HOME/.nuget:$HOME/.nuget" --volume /etc/ssl/certs:/etc/ssl/certs:ro \
  --build-arg SDK_IMAGE=localhost/sdk --file deploy/Dockerfile --tag localhost/mailingest .

worker=$(buildah from localhost/mailingest)
root=$(buildah mount "$worker")
echo "user: $(buildah inspect --type image --format '{{.OCIv1.Config.User}}' localhost/mailingest)"
echo "octets: $(du -sb "$root" | cut -f1)"
buildah run "$worker" -- /app/MailIngest demo
install -m 644 /dev/stdin "$root/etc/mailingest/appsettings.json" <<<'{ "mailboxes": "/etc/mailboxes", "blobs": { "store": "file", "folder": "/data/blobs" }, "ledger": { "file": "/data/ledger.db" } }'
# The time zone is looked up; store and ledger are opened in /data by the image's user; nobody listens at port 9, so 69 is the answer.
install -m 644 /dev/stdin "$root/etc/mailboxes/office.json" <<<'{ "host": "127.0.0.1", "port": 9, "username": "office", "password": "none", "schedule": "7 9 * * *", "timeZone": "Europe/Zurich" }'
buildah run "$worker" -- /app/MailIngest check --settings /etc/mailingest/appsettings.json
code=0
buildah run "$worker" -- /app/MailIngest check --connect --settings /etc/mailingest/appsettings.json || code=$?
echo "check --connect ended with $code"
