package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	api "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

const shortID = 13

type metadata struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
	Attempt   uint32 `json:"attempt"`
}

type item struct {
	ID           string            `json:"id"`
	PodSandboxID string            `json:"podSandboxId,omitempty"`
	Metadata     *metadata         `json:"metadata,omitempty"`
	Image        map[string]string `json:"image,omitempty"`
	State        string            `json:"state,omitempty"`
	CreatedAt    string            `json:"createdAt,omitempty"`
	Labels       map[string]string `json:"labels,omitempty"`
	RepoTags     []string          `json:"repoTags,omitempty"`
	RepoDigests  []string          `json:"repoDigests,omitempty"`
	Size         string            `json:"size,omitempty"`
}

func containers(c *client) error {
	filter := &api.ContainerFilter{}
	if !c.options.all {
		filter.State = &api.ContainerStateValue{State: api.ContainerState_CONTAINER_RUNNING}
	}
	list, err := c.runtime.ListContainers(filter)
	if err != nil {
		return err
	}
	var found []item
	for _, x := range list {
		state := strings.TrimPrefix(x.State.String(), "CONTAINER_")
		if !strings.Contains(x.Metadata.Name, c.options.name) {
			continue
		}
		if c.options.state != "" && !strings.EqualFold(state, c.options.state) {
			continue
		}
		found = append(found, item{ID: x.Id, PodSandboxID: x.PodSandboxId, State: x.State.String(),
			Metadata: &metadata{Name: x.Metadata.Name, Attempt: x.Metadata.Attempt}, Labels: x.Labels,
			Image: map[string]string{"image": x.Image.Image}, CreatedAt: strconv.FormatInt(x.CreatedAt, 10)})
	}
	return print(c, "containers", found, []string{"CONTAINER", "STATE", "NAME", "ATTEMPT", "POD ID", "POD"}, func(i item) []string {
		return []string{cut(i.ID), strings.TrimPrefix(i.State, "CONTAINER_"), i.Metadata.Name,
			fmt.Sprint(i.Metadata.Attempt), cut(i.PodSandboxID), i.Labels["io.kubernetes.pod.name"]}
	})
}

func pods(c *client) error {
	list, err := c.runtime.ListPodSandbox(nil)
	if err != nil {
		return err
	}
	var found []item
	for _, x := range list {
		if strings.Contains(x.Metadata.Name, c.options.name) {
			found = append(found, item{ID: x.Id, State: x.State.String(), Labels: x.Labels, CreatedAt: strconv.FormatInt(x.CreatedAt, 10),
				Metadata: &metadata{Name: x.Metadata.Name, Namespace: x.Metadata.Namespace, Attempt: x.Metadata.Attempt}})
		}
	}
	return print(c, "items", found, []string{"POD ID", "STATE", "NAME", "NAMESPACE", "ATTEMPT"}, func(i item) []string {
		return []string{cut(i.ID), strings.TrimPrefix(i.State, "SANDBOX_"), i.Metadata.Name, i.Metadata.Namespace, fmt.Sprint(i.Metadata.Attempt)}
	})
}

func images(c *client) error {
	list, err := c.images.ListImages(nil)
	if err != nil {
		return err
	}
	var found []item
	for _, x := range list {
		if len(c.args) == 0 || strings.Contains(strings.Join(x.RepoTags, " "), c.args[0]) {
			found = append(found, item{ID: x.Id, RepoTags: x.RepoTags, RepoDigests: x.RepoDigests, Size: strconv.FormatUint(x.Size_, 10)})
		}
	}
	return print(c, "images", found, []string{"IMAGE", "IMAGE ID", "SIZE"}, func(i item) []string {
		return []string{strings.Join(i.RepoTags, ","), cut(strings.TrimPrefix(i.ID, "sha256:")), i.Size}
	})
}

// print shows a list as ids, JSON or a table, as the options say.
func print(c *client, key string, items []item, header []string, row func(item) []string) error {
	switch {
	case c.options.quiet:
		for _, i := range items {
			fmt.Println(i.ID)
		}
		return nil
	case c.options.output == "json":
		if items == nil {
			items = []item{}
		}
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(map[string][]item{key: items})
	case c.options.output != "" && c.options.output != "table":
		return fmt.Errorf("the testbed's crictl has no output %q", c.options.output)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 8, 3, ' ', 0)
	fmt.Fprintln(table, strings.Join(header, "\t"))
	for _, i := range items {
		fmt.Fprintln(table, strings.Join(row(i), "\t"))
	}
	return table.Flush()
}

func cut(id string) string {
	if len(id) > shortID {
		return id[:shortID]
	}
	return id
}
