state() {
  if [ -s "$dir/status" ]; then echo "ended $(cat -- "$dir/status")"; return; fi
  case $(systemctl show --property=ActiveState "$unit" 2>/dev/null) in
    *=active | *=activating | *=deactivating | *=reloading) echo running; return ;;
  esac
  # It may have ended between the two looks.
  if [ -s "$dir/status" ]; then echo "ended $(cat -- "$dir/status")"
  elif [ -e "$dir/started" ]; then echo lost
  else echo absent
  fi
}
