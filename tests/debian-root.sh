#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A small Debian 12 in a folder, and commands inside of it.
#
#     debian-root.sh make FOLDER ARCH [PACKAGE,PACKAGE…]
#     debian-root.sh run FOLDER ARCH [--bind FROM TO]… -- COMMAND…
#
# `make` runs debootstrap with the mirror of this machine and takes over its apt sources, keys,
# proxy settings and certificates. `run` mounts what a command needs in a mount namespace of
# its own and ends every process with it, so that nothing of it outlives the command: no
# mount, no process. Needs root.
set -eu
suite=bookworm
# shellcheck disable=SC2016 # fields of apt, not variables of the shell
fields='$(REPO_URI) $(CODENAME) $(COMPONENT)'

# The mirror that apt of this machine uses for the suite; the one of Debian where it uses none.
mirror() {
    found=$(apt-get indextargets --format "$fields" 'Created-By: Packages' 2>/dev/null |
        awk -v suite="$suite" '$2 == suite && $3 == "main" && $1 ~ /^http/ {print $1; exit}')
    echo "${found:-http://deb.debian.org/debian}"
}

# What apt needs to know of this machine: sources, keys, proxies, certificates.
copy_apt() {
    mkdir -p "$1/etc/apt/apt.conf.d" "$1/usr/local/share/ca-certificates"
    rm -f "$1/etc/apt/sources.list"
    for path in etc/apt/sources.list etc/apt/sources.list.d etc/apt/keyrings \
        etc/apt/trusted.gpg.d etc/apt/auth.conf.d etc/apt/preferences.d usr/share/keyrings \
        usr/local/share/ca-certificates etc/ssl/certs/ca-certificates.crt etc/resolv.conf \
        etc/hosts; do
        if [ -e "/$path" ]; then
            mkdir -p "$1/$(dirname "$path")"
            rm -rf "${1:?}/$path"
            cp -RL "/$path" "$1/$path"
        fi
    done
    apt-config dump | grep -E '^Acquire::(http|https|ftp|Retries|Check)' \
        >"$1/etc/apt/apt.conf.d/90host" || true
}

make() {
    folder=$1
    mkdir -p "$folder"
    debootstrap --variant=minbase --arch="$2" --include="ca-certificates${3:+,$3}" \
        "$suite" "$folder" "$(mirror)"
    # Sources of another Debian are no use here; then the mirror alone stays.
    if apt-get indextargets --format "$fields" 2>/dev/null | grep -q " $suite "; then
        copy_apt "$folder"
    fi
}

# Inside of the namespaces: FOLDER ARCH [--bind FROM TO]… -- COMMAND…
enter() {
    folder=$1
    arch=$2
    shift 2
    mount -t proc proc "$folder/proc"
    mount --rbind /dev "$folder/dev"
    mount --rbind /sys "$folder/sys"
    while [ "$1" = --bind ]; do
        mkdir -p "$folder/$3"
        mount --bind "$2" "$folder/$3"
        shift 3
    done
    shift
    case $arch in
    i386 | armhf | armel) bits=linux32 ;;
    *) bits=linux64 ;;
    esac
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
        LANG=C.UTF-8 ${EVC_CI:+EVC_CI=$EVC_CI} ${http_proxy:+http_proxy=$http_proxy} \
        ${https_proxy:+https_proxy=$https_proxy} ${no_proxy:+no_proxy=$no_proxy} \
        setarch "$bits" chroot "$folder" "$@"
}

verb=$1
shift
case $verb in
make) make "$@" ;;
run)
    unshare --mount --propagation private --pid --fork --kill-child \
        sh "$0" enter "$@" </dev/null
    ;;
enter) enter "$@" ;;
*)
    sed -n '3,13s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
