package main

import (
	"fmt"
	"strings"
)

type options struct {
	endpoint string
	output   string
	name     string
	state    string
	quiet    bool
	all      bool
}

// parse splits options from arguments. Everything after `exec CONTAINER` is
// the command's own, options and all.
func parse(words []string) (options, []string, error) {
	opts := options{endpoint: defaultEndpoint}
	values := map[string]*string{
		"r": &opts.endpoint, "runtime-endpoint": &opts.endpoint,
		"image-endpoint": new(string), "c": new(string), "config": new(string), "timeout": new(string),
		"o": &opts.output, "output": &opts.output,
		"name": &opts.name, "state": &opts.state, "s": &opts.state,
	}
	switches := map[string]*bool{
		"q": &opts.quiet, "quiet": &opts.quiet, "a": &opts.all, "all": &opts.all,
		"aq": &opts.all, "no-trunc": new(bool), "debug": new(bool), "D": new(bool),
		"i": new(bool), "interactive": new(bool), "t": new(bool), "tty": new(bool), "it": new(bool), "v": new(bool),
	}
	var args []string
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		if len(args) == 2 && args[0] == "exec" {
			if word != "--" {
				args = append(args, word)
			}
			return opts, append(args, words...), nil
		}
		if !strings.HasPrefix(word, "-") {
			args = append(args, word)
			continue
		}
		key, value, joined := strings.Cut(strings.TrimLeft(word, "-"), "=")
		// -i means "image endpoint" before the subcommand, "interactive" after exec.
		if key == "i" && len(args) == 0 {
			key = "image-endpoint"
		}
		if target, found := values[key]; found {
			if !joined {
				if len(words) == 0 {
					return opts, nil, fmt.Errorf("%s needs a value", word)
				}
				value, words = words[0], words[1:]
			}
			*target = value
		} else if target, found := switches[key]; found {
			*target = true
			opts.quiet = opts.quiet || key == "aq"
		} else {
			return opts, nil, fmt.Errorf("the testbed's crictl has no option %s", word)
		}
	}
	return opts, args, nil
}
