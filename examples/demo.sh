#!/bin/sh
# The way of a legacy home into the new configuration and back, on a copy of examples/legacy-home.
# Takes mdm from .venv where there is one, otherwise from the PATH. Touches nothing outside its temporary folder.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
trap 'exit 1' HUP INT TERM
cp -R "$here/legacy-home/." "$home"

PATH="$here/../.venv/bin:$PATH"
HOME=$home
for name in $(env | sed -n 's/^\(MDM_[A-Za-z0-9_]*\)=.*/\1/p'); do
    unset "$name"
done
export PATH HOME
cd "$home"

say() {
    printf '\n# %s\n' "$*"
}

run() {
    printf '$ %s\n' "$*"
    "$@"
}

say "What an old home holds: nothing is written."
run mdm config analyze
say "What a migration would do: still nothing is written."
run mdm config migrate
say "Migrate, with a backup."
run mdm config migrate --execute --yes
say "Every value says where it comes from."
run mdm config show --changed --origin
say "And back."
run mdm config rollback --yes
