# shellcheck shell=bash
# Copies of hosts' disks. What containerd never changes again (blobs, and the
# layers of the images in the store) is hard-linked, the rest is copied.

# link_tree FROM TO: hard links, or copies where links cannot reach.
link_tree() { cp -al "$1" "$2" 2>/dev/null || { rm -rf "$2" && cp -a "$1" "$2"; }; }

# copy_store FROM TO: a containerd data folder.
copy_store() {
    local from=$1 to=$2 content=io.containerd.content.v1.content layers=io.containerd.snapshotter.v1.overlayfs layer entry
    mkdir -p "$to/$content" "$to/$layers/snapshots"
    for entry in "$from"/*; do
        case $(basename "$entry") in
        "$content" | "$layers") ;;
        *) cp -a "$entry" "$to/" ;;
        esac
    done
    cp -a "$from/$content/metadata.db" "$to/$content/" 2>/dev/null || true
    mkdir -p "$to/$content/ingest"
    link_tree "$from/$content/blobs" "$to/$content/blobs"
    cp -a "$from/$layers/metadata.db" "$to/$layers/"
    for layer in "$from/$layers/snapshots"/*; do
        if [ -d "$STORE/$layers/snapshots/$(basename "$layer")" ]; then
            link_tree "$layer" "$to/$layers/snapshots/$(basename "$layer")"
        else
            cp -a "$layer" "$to/$layers/snapshots/"
        fi
    done
}

# copy_disk FROM TO: a stopped host's disk.
copy_disk() {
    mkdir -p "$2"
    cp -a "$1/upper" "$1/kubelet" "$1/etcd" "$2/"
    copy_store "$1/containerd" "$2/containerd"
}
