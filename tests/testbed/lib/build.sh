# shellcheck shell=bash
# Which artefacts there are and what each depends on.

# build_all: sets DEBIAN, FILES, BINARIES, PROGRAMS, STORE, REPOS and MIRROR to the
# artefacts' paths, building what is missing.
build_all() {
    mkdir -p "$CACHE/tmp" "$CACHE/golden"
    locked "$CACHE/build.lock" build_locked
}

build_locked() {
    local b=$HERE/build source source_key binaries_key programs_key mirrored mirrored_key
    # shellcheck source=/dev/null
    . "$b/apt.sh"
    # shellcheck source=/dev/null
    . "$b/rootfs.sh"
    # shellcheck source=/dev/null
    . "$b/mirror.sh"
    install_packages

    source_key=$(digest "$b/source.sh" "$b/patch_constants.py")
    binaries_key=$(digest "$source_key" "$b/go.sh" "${VERSIONS[@]}" "${COMPONENTS[@]}")
    programs_key=$(digest "$source_key" "$HERE/programs" "$b/go.sh")
    mirrored_key=$(digest "$source_key" "$b/go.sh" "$(declare -f build_mirrored)" "${MIRROR_VERSIONS[@]}" "${MIRRORED[@]}")

    DEBIAN=$(artefact debian "$(digest "$(declare -f bootstrap_debian add_users)" "${HOST_PACKAGES[@]}")" bootstrap_debian)
    FILES=$(artefact files "$(digest "$HERE/host/files" "$(declare -f lay_host_files)" "${MASKED_UNITS[@]}")" lay_host_files)
    # The sources are needed only to build what comes from them.
    if [ ! -d "$CACHE/binaries-$binaries_key" ] || [ ! -d "$CACHE/programs-$programs_key" ] ||
        [ ! -d "$CACHE/mirrored-$mirrored_key" ]; then
        source=$(artefact source "$source_key" fetch_source)
    fi
    BINARIES=$(artefact binaries "$binaries_key" build_binaries "${source:-}")
    PROGRAMS=$(artefact programs "$programs_key" build_programs "${source:-}")
    STORE=$(artefact store "$(digest "$binaries_key" "$programs_key" "$b/images.sh" "$b/image.py")" \
        build_image_store "$BINARIES" "$PROGRAMS")
    REPOS=$(artefact repos "$(digest "$binaries_key" "$programs_key" "$b/debs.sh" "$b/deb-per-minor" "$b/deb-flat")" \
        build_repositories "$BINARIES" "$PROGRAMS")
    mirrored=$(artefact mirrored "$mirrored_key" build_mirrored "${source:-}")
    MIRROR=$(artefact mirror "$(digest "$binaries_key" "$mirrored_key" "$b/mirror.sh" "${ETCD_VERSIONS[@]}")" \
        build_mirror "$BINARIES" "$mirrored")
    forget_old
}
