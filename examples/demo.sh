#!/bin/sh
# The way of a legacy home into the new configuration and back, on a copy of examples/legacy-home.
# Takes mdm from .venv where there is one, otherwise from the PATH. Touches nothing outside its temporary folder.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

HOME=$work/home
PATH=$here/../.venv/bin:$PATH
export HOME PATH
for name in $(env | sed -n 's/^\(MDM_[A-Za-z0-9_]*\)=.*/\1/p'); do
    unset "$name"
done
cp -R "$here/legacy-home" "$HOME"
cd "$HOME"

say() {
    printf '\n# %s\n' "$*"
}

run() {
    printf '$ %s\n' "$*"
    "$@"
}

run_and_show_end() {
    printf '$ %s | tail -n 5\n' "$*"
    "$@" >"$work/output"
    tail -n 5 "$work/output"
}

say "What an old home holds. Nothing is written."
run mdm config analyze --summary
say "What a migration would do. Still nothing is written."
run mdm config migrate
say "Migrate: the same plan again, and then"
run_and_show_end mdm config migrate --execute --yes
say "Every value says where it comes from."
run mdm config show --changed --origin
say "And back."
run mdm config rollback --yes
