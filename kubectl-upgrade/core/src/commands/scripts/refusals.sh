# What a program says against the arguments that it was given, in one line.
complaint() { grep -iE '^(error|E[0-9]{4}|F[0-9]{4})|unknown|unrecognized|invalid|not defined|failed' | head -n 3 | tr '\n' ' '; }
# What it says against its configuration file; nothing when it ended for another reason.
unreadable() {
  grep -iE 'unknown field|strict decoding|no kind |is registered for version|failed to decode|(loading|load|read) config|invalid (value|configuration)|no such file' |
    head -n 3 | tr '\n' ' ' | cut -c 1-400
}
