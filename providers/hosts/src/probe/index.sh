# index MINOR URL: the kubeadm versions in the flat deb repository at the URL, read as apt itself would read it.
index() {
  new=$(mktemp -d) || return 0
  chmod 0755 "$new"
  if [ -x /usr/lib/apt/apt-helper ]; then
    for name in Packages Packages.gz; do
      timeout 30 /usr/lib/apt/apt-helper -o Acquire::http::Timeout=10 -o Acquire::https::Timeout=10 -o Acquire::Retries=0 \
        -o APT::Sandbox::User=root download-file "$2/$name" "$new/$name" >/dev/null 2>&1 && break
    done
  fi
  for name in Packages Packages.gz; do
    if [ -s "$new/Packages" ] || [ -s "$new/Packages.gz" ]; then break; fi
    if command -v curl >/dev/null; then curl -fsSL --max-time 10 -o "$new/$name" "$2/$name" 2>/dev/null
    elif command -v wget >/dev/null; then wget -q -T 10 -t 1 -O "$new/$name" "$2/$name" 2>/dev/null
    fi
  done
  if [ -s "$new/Packages.gz" ]; then gzip -dc "$new/Packages.gz" > "$new/Packages" 2>/dev/null; fi
  if [ -s "$new/Packages" ]; then
    printf '# index %s\n' "$1"
    awk '/^Package:/ { mine = ($2 == "kubeadm") } mine && /^Version:/ { print "| " $2 }' "$new/Packages"
  fi
  rm -rf -- "$new"
}
# index_rpm MINOR URL: the same for an rpm repository, where the package manager can be pointed at one.
index_rpm() {
  case $(dnf --version 2>/dev/null) in
    '') return 0 ;;
    *dnf5*) lift=--setopt=disable_excludes=* ;;
    *) lift=--disableexcludes=all ;;
  esac
  found=$(timeout 60 dnf -q repoquery "--repofrompath=kubectl-upgrade-look,$2" --repo=kubectl-upgrade-look "$lift" \
    --setopt=kubectl-upgrade-look.gpgcheck=0 --qf '%{version}-%{release}\n' kubeadm 2>/dev/null) || return 0
  printf '# index %s\n' "$1"
  printf '%s\n' "$found" | sed '/^$/d; s/^/| /'
}
