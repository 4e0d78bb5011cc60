#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The first job: the life of one encrypted file, with the command envcrypt and a local key
# store. Needs the build in build/ (examples/quickstart.sh makes it); works in a temporary folder
# that goes away at the end.
set -eu
cd "$(dirname "$0")/.."
command=$PWD/build/examples/envcrypt
source=$PWD/README.md
if [ ! -x "$command" ]; then
    echo "There is no $command yet; run: sh examples/quickstart.sh" >&2
    exit 1
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM HUP
cd "$folder"
PATH=$(dirname "$command"):$PATH

# step TEXT: what comes next and why
step() {
    printf '\n%s\n' "$*"
}

# run WANTED COMMAND…: shows a command line and runs it; it must end with the wanted exit code
run() {
    wanted=$1
    shift
    printf '\n  $ %s\n' "$*"
    status=0
    "$@" >output 2>&1 || status=$?
    sed 's/^/  /' output
    rm output
    [ "$status" = 0 ] || echo "  (exit code $status)"
    if [ "$status" != "$wanted" ]; then
        echo "The first job stops here: this should have ended with exit code $wanted." >&2
        exit 1
    fi
}

cp "$source" report.txt
step "A key store is a file of keys. This one is opened by a key file, so that nothing has to be
typed here; on a terminal you would be asked for a passphrase."
run 0 envcrypt keystore create keys.json --name first-job --make-key-file my.key

step "A file is encrypted under a data key of its own, and the data key is wrapped under the
store's key \"main\". The pair purpose=demo is bound to the message; everybody can read it."
run 0 envcrypt encrypt report.txt -o report.enc -k keys.json#main --key-file my.key \
    -c purpose=demo
run 0 ls -l report.txt report.enc

step "The key is rotated: version 2 wraps from now on, version 1 still opens the message."
run 0 envcrypt keystore rotate keys.json main --key-file my.key

step "What a message says about itself takes no key: this one is wrapped under version 1."
run 0 envcrypt inspect report.enc

step "With the key, inspect knows that a rewrap is due, and says so by exit code 7."
run 7 envcrypt inspect report.enc -k keys.json#main --key-file my.key

step "Rewrap verifies the message whole and puts a new one under version 2 in its place.
The old one is kept aside here, to see what becomes of it."
run 0 cp report.enc old.enc
run 0 envcrypt rewrap report.enc -k keys.json#main --key-file my.key

step "Nothing needs version 1 any more, so its key material is destroyed."
run 0 envcrypt keystore destroy keys.json main/1 --confirm main/1 --key-file my.key
run 0 envcrypt keystore list keys.json --key-file my.key

step "So nobody opens the old message any more, with the key file or without."
run 3 envcrypt decrypt old.enc -o old.txt -k keys.json#main --key-file my.key -c purpose=demo

step "The new message is decrypted, if it has the pair purpose=demo, and is what it was."
run 0 envcrypt decrypt report.enc -o decrypted.txt -k keys.json#main --key-file my.key \
    -c purpose=demo
run 0 cmp report.txt decrypted.txt

step "The files are equal. \`envcrypt --help\` shows what else there is."
