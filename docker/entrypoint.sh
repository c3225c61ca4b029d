#!/bin/sh
# The image's `comicmaintainer`: started as root it becomes PUID:PGID first, also for commands run
# with `docker exec`, so that no file of the service ends up belonging to root. Started as another
# user (--user) it stays that one.
set -eu

fail() {
    echo "$1" >&2
    exit 2
}

is_number() {
    case $1 in
    '' | *[!0-9]*) return 1 ;;
    esac
}

uid=${PUID:-1000}
gid=${PGID:-1000}
mask=${UMASK:-022}
if [ -z "${CONFIG_DIR:-}" ]; then
    CONFIG_DIR=/Config
    # Other images call it /config. A database that is in /Config already stays the one.
    if mountpoint -q /config && [ ! -e /Config/jobs.db ]; then
        CONFIG_DIR=/config
    fi
    export CONFIG_DIR
fi
config=$CONFIG_DIR
is_number "$uid" || fail "PUID is '$uid'; allowed: a whole number from 0 to 4294967294"
is_number "$gid" || fail "PGID is '$gid'; allowed: a whole number from 0 to 4294967294"
case $mask in
[0-7][0-7][0-7] | [0-7][0-7][0-7][0-7]) ;;
*) fail "UMASK is '$mask'; allowed: three or four octal digits" ;;
esac
umask "$mask"

set -- /opt/comicmaintainer/bin/comicmaintainer "$@"
if [ "$(id -u)" -ne 0 ]; then
    exec "$@"
fi

mkdir -p "$config"
# Only what belongs to somebody else is given over, and only here: comics keep their owners.
if [ "$uid" -ne 0 ]; then
    find "$config" \( ! -user "$uid" -o ! -group "$gid" \) -exec chown -h "$uid:$gid" {} + ||
        echo "Not everything in $config can be given to $uid:$gid; going on." >&2
fi
export HOME="$config"
exec setpriv --reuid "$uid" --regid "$gid" --clear-groups -- "$@"
