set -eu
image=$1
if ! command -v crictl >/dev/null 2>&1; then
  echo "observed: $image is not pulled beforehand: there is no crictl here, the kubelet pulls it at the switch"
elif crictl inspecti "$image" >/dev/null 2>&1; then
  echo "observed: $image is on the host"
else
  crictl pull "$image" || { echo "error: failed to pull $image; nothing was changed" >&2; exit 1; }
  echo "observed: $image was pulled"
fi
