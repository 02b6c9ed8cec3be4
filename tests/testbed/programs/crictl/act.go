package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	api "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

const stopGraceSeconds = 10

func version(c *client) error {
	v, err := c.runtime.Version("0.1.0")
	if err != nil {
		return err
	}
	fmt.Printf("Version:  %s\nRuntimeName:  %s\nRuntimeVersion:  %s\nRuntimeApiVersion:  %s\n",
		v.Version, v.RuntimeName, v.RuntimeVersion, v.RuntimeApiVersion)
	return nil
}

func info(c *client) error {
	status, err := c.runtime.Status()
	if err != nil {
		return err
	}
	for _, condition := range status.Conditions {
		fmt.Printf("%s: %v %s\n", condition.Type, condition.Status, condition.Message)
	}
	return nil
}

func pull(c *client) error {
	id, err := c.images.PullImage(&api.ImageSpec{Image: c.args[0]}, nil, nil)
	if err != nil {
		return err
	}
	fmt.Println("Image is up to date for", id)
	return nil
}

func inspectImage(c *client) error {
	image, err := c.images.ImageStatus(&api.ImageSpec{Image: c.args[0]})
	if err != nil {
		return err
	}
	if image == nil {
		return fmt.Errorf("no such image %q present", c.args[0])
	}
	fmt.Println(image.Id, strings.Join(image.RepoTags, " "))
	return nil
}

func removeImage(c *client) error { return c.images.RemoveImage(&api.ImageSpec{Image: c.args[0]}) }
func stopPod(c *client) error     { return c.runtime.StopPodSandbox(c.args[0]) }
func removePod(c *client) error   { return c.runtime.RemovePodSandbox(c.args[0]) }

func stopContainer(c *client) error {
	id, err := c.container(c.args[0])
	if err != nil {
		return err
	}
	return c.runtime.StopContainer(id, stopGraceSeconds)
}

func removeContainer(c *client) error {
	id, err := c.container(c.args[0])
	if err != nil {
		return err
	}
	return c.runtime.RemoveContainer(id)
}

func logs(c *client) error {
	id, err := c.container(c.args[0])
	if err != nil {
		return err
	}
	status, err := c.runtime.ContainerStatus(id)
	if err != nil {
		return err
	}
	file, err := os.Open(status.LogPath)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(os.Stdout, file)
	return err
}

// execute runs a command in a container, without input or a terminal.
func execute(c *client) error {
	id, err := c.container(c.args[0])
	if err != nil {
		return err
	}
	stdout, stderr, err := c.runtime.ExecSync(id, c.args[1:], callTimeout)
	os.Stdout.Write(stdout)
	os.Stderr.Write(stderr)
	return err
}

// container finds the one container whose id starts with the given text.
func (c *client) container(prefix string) (string, error) {
	list, err := c.runtime.ListContainers(nil)
	if err != nil {
		return "", err
	}
	var found []string
	for _, x := range list {
		if strings.HasPrefix(x.Id, prefix) {
			found = append(found, x.Id)
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%d containers have an id that starts with %q", len(found), prefix)
	}
	return found[0], nil
}
