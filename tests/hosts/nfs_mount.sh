#!/bin/sh
# Mounts a folder at another place by NFSv4.2, as a client of its own: nfs_mount.sh FOLDER PLACE
#
# The tests' hosts use it if HOSTS_MOUNT names it. Needs root, the kernel's NFS server and client, and
# an export of the filesystem that holds FOLDER:
#   exportfs -o rw,no_root_squash,sync,no_subtree_check,fsid=0,crossmnt '*:/mnt'
#   NFS_EXPORT=/mnt HOSTS_MOUNT=tests/hosts/nfs_mount.sh pytest --basetemp=/mnt/t tests/hosts/...
set -e
number=$$
client=c$number
subnet=10.$((number / 16384 % 100 + 100)).$((number / 64 % 256)).$((number % 64 * 4))
server=${subnet%.*}.$((${subnet##*.} + 1))
own=${subnet%.*}.$((${subnet##*.} + 2))
ip netns add "$client"
ip link add "v$number" type veth peer name eth0 netns "$client"
ip addr add "$server/30" dev "v$number"
ip link set "v$number" up
ip -n "$client" addr add "$own/30" dev eth0
ip -n "$client" link set eth0 up
# A client is known by its host's name and its network; two mounts of one client share a cache.
exec nsenter --net="/run/netns/$client" unshare --uts sh -c \
    'hostname "$1" && exec mount -t nfs4 -o vers=4.2,hard "$2" "$3"' \
    mount "$client" "$server:${1#"$NFS_EXPORT"}" "$2"
