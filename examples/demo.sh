#!/bin/sh
# A dataset, and the way of a legacy home into the new configuration and back, on a copy of examples/legacy-home.
# Takes mdm from .venv where there is one, otherwise from the PATH. Touches nothing outside its temporary folder.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

HOME=$work/new
PATH=$here/../.venv/bin:$PATH
export HOME PATH
for name in $(env | sed -n 's/^\(MDM_[A-Za-z0-9_]*\)=.*/\1/p'); do
    unset "$name"
done
mkdir "$HOME"
cp "$here/penguins.csv" "$HOME"
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

say "Data: every row is read, and what it holds is detected."
run mdm dataset register penguins penguins.csv --tag birds --description "Penguins of the Palmer Archipelago"
say "What the values are like; --html FILE makes a page with plots."
run mdm dataset stats penguins
say "Parts for training and testing, the same wherever it is repeated."
run mdm dataset split penguins --test 0.2 --stratify species

HOME=$work/home
cp -R "$here/legacy-home" "$HOME"
cd "$HOME"

say "What a home of 1.x holds. Nothing is written."
run mdm config analyze --summary
say "What a migration would do. Still nothing is written."
run mdm config migrate
say "Migrate: the same plan again, and then"
run_and_show_end mdm config migrate --execute --yes
say "Every value says where it comes from."
run mdm config show --changed --origin
say "And back."
run mdm config rollback --yes
