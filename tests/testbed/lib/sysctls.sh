# shellcheck shell=bash
# kubelets and the hosts' systemd write the machine's sysctls. What they were
# is kept while any cluster is up, and put back with the last one.

SAVED_SYSCTLS=(vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops
    kernel.keys.root_maxkeys kernel.keys.root_maxbytes fs.file-max fs.nr_open
    fs.inotify.max_user_instances fs.inotify.max_user_watches kernel.pid_max kernel.core_pattern)

# sysctl_file NAME: blanks in core_pattern and the like survive in the file.
sysctl_file() { printf '/proc/sys/%s\n' "${1//.//}"; }

save_sysctls() {
    local name
    [ ! -d "$STATE/sysctls" ] || return 0
    mkdir -p "$STATE/sysctls.new"
    for name in "${SAVED_SYSCTLS[@]}"; do
        cat "$(sysctl_file "$name")" >"$STATE/sysctls.new/$name" 2>/dev/null || true
    done
    mv "$STATE/sysctls.new" "$STATE/sysctls"
    # Every host's systemd and kubelet watch files, all as one user.
    echo 8192 >"$(sysctl_file fs.inotify.max_user_instances)"
    echo 1048576 >"$(sysctl_file fs.inotify.max_user_watches)"
}

restore_sysctls() {
    local file
    [ -d "$STATE/sysctls" ] || return 0
    for file in "$STATE"/sysctls/*; do
        [ -s "$file" ] || continue
        cat "$file" >"$(sysctl_file "$(basename "$file")")" 2>/dev/null || say "cannot restore sysctl $(basename "$file")"
    done
    rm -rf "$STATE/sysctls"
}
