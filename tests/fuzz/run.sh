#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run.sh SECONDS [TARGET…]: builds the fuzz targets into build-fuzz/ and runs them, all or the
# named ones, one after the other, for SECONDS in total. What they learn stays in
# build-fuzz/corpus/. Ends with 1 when an input broke a rule; the input is kept, and its path printed.
set -eu

seconds=${1:-}
case $seconds in
'' | *[!0-9]* | 0)
    echo "usage: $0 SECONDS [TARGET...]" >&2
    exit 2
    ;;
esac
shift

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build-fuzz

if [ $# -eq 0 ]; then
    for file in "$here"/fuzz-*.c; do
        name=$(basename "$file" .c)
        set -- "$@" "${name#fuzz-}"
    done
fi

if [ ! -f "$build/build.ninja" ]; then
    CC=${FUZZ_CC:-clang-14} meson setup "$build" "$root" -Dfuzz=true \
        -Db_sanitize=address,undefined -Db_lundef=false \
        -Dtests=false -Dprograms=false -Ddocs=false >/dev/null
fi
programs=
for target; do
    programs="$programs tests/fuzz/fuzz-$target"
done
# shellcheck disable=SC2086 # the words are file names without spaces
ninja -C "$build" $programs >"$build/build.log" || {
    cat "$build/build.log" >&2
    exit 2
}

# The address sanitizer of LLVM 14 dies at random under more than 28 bits of randomness.
fixed_addresses=
if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)" -gt 28 ]; then
    fixed_addresses='setarch -R'
fi

each=$((seconds / $#))
[ "$each" -gt 0 ] || each=1
broken=0
for target; do
    learned=$build/corpus/$target
    crashes=$build/crashes/$target
    log=$build/fuzz-$target.log
    mkdir -p "$learned" "$crashes"
    set -- -max_total_time="$each" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$crashes/"
    if [ -f "$here/fuzz-$target.dict" ]; then
        set -- "$@" -dict="$here/fuzz-$target.dict"
    fi
    if UBSAN_OPTIONS=print_stacktrace=1 $fixed_addresses \
        "$build/tests/fuzz/fuzz-$target" "$@" "$learned" "$here/corpus/$target" \
        >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "$target: $runs inputs in $each s, nothing broken"
    else
        broken=1
        tail -n 40 "$log"
        echo "$target: BROKEN; the input is in $crashes/, the log in $log"
    fi
done
exit $broken
