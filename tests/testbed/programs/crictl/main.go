// Stands in for crictl, which Debian does not have: the subcommands that
// kubeadm calls, and those that an upgrade tool or a person would use.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	cri "k8s.io/cri-api/pkg/apis"
	"k8s.io/kubernetes/pkg/kubelet/cri/remote"
	utilexec "k8s.io/utils/exec"
)

const (
	defaultEndpoint = "unix:///run/containerd/containerd.sock"
	callTimeout     = 2 * time.Minute
)

// client is one call of the program: its connection, options and arguments.
type client struct {
	runtime cri.RuntimeService
	images  cri.ImageManagerService
	options options
	args    []string
}

var commands = map[string]struct {
	arguments int // how many the command needs at least
	run       func(*client) error
}{
	"version":  {0, version},
	"info":     {0, info},
	"pods":     {0, pods},
	"ps":       {0, containers},
	"images":   {0, images},
	"inspecti": {1, inspectImage},
	"pull":     {1, pull},
	"rmi":      {1, removeImage},
	"stopp":    {1, stopPod},
	"rmp":      {1, removePod},
	"stop":     {1, stopContainer},
	"rm":       {1, removeContainer},
	"logs":     {1, logs},
	"exec":     {2, execute},
}

func main() {
	err := run(os.Args[1:])
	var exit utilexec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &exit):
		fmt.Fprintln(os.Stderr, "crictl:", err)
		os.Exit(exit.ExitStatus())
	default:
		fmt.Fprintln(os.Stderr, "crictl:", err)
		os.Exit(1)
	}
}

func run(words []string) error {
	opts, args, err := parse(words)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return errors.New("a subcommand is needed")
	}
	command, known := commands[args[0]]
	if !known {
		return fmt.Errorf("the testbed's crictl has no subcommand %q", args[0])
	}
	if len(args)-1 < command.arguments {
		return fmt.Errorf("%s needs %d argument(s)", args[0], command.arguments)
	}
	c := &client{options: opts, args: args[1:]}
	endpoint := opts.endpoint
	if strings.HasPrefix(endpoint, "/") {
		endpoint = "unix://" + endpoint
	}
	if c.runtime, err = remote.NewRemoteRuntimeService(endpoint, callTimeout); err != nil {
		return err
	}
	if c.images, err = remote.NewRemoteImageService(endpoint, callTimeout); err != nil {
		return err
	}
	return command.run(c)
}
