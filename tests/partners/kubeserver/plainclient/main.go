// SPDX-License-Identifier: Apache-2.0

// plainclient is what our re-encryption is measured against: Kubernetes' own Go client, which
// lists Secrets as metadata and patches each with nothing, some at a time, and does no more. It
// prints {"seconds", "count", "failed"}.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/clientcmd"
)

type result struct {
	Seconds float64 `json:"seconds"`
	Count   int     `json:"count"`
	Failed  int     `json:"failed"`
}

func run(kubeconfig string, inFlight int, page int64) (result, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return result{}, err
	}
	config.QPS = -1 // no limit of its own
	client, err := metadata.NewForConfig(config)
	if err != nil {
		return result{}, err
	}
	secrets := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "secrets"})
	work := make(chan metav1.PartialObjectMetadata, 2*page)
	var group sync.WaitGroup
	counts := make([]result, inFlight)
	begin := time.Now()
	for i := range inFlight {
		group.Go(func() {
			for object := range work {
				patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
					"uid": object.UID, "resourceVersion": object.ResourceVersion}})
				if err == nil {
					_, err = secrets.Namespace(object.Namespace).Patch(context.Background(), object.Name,
						types.MergePatchType, patch, metav1.PatchOptions{})
				}
				counts[i].Count++
				if err != nil {
					counts[i].Failed++
				}
			}
		})
	}
	options := metav1.ListOptions{Limit: page}
	for {
		list, err := secrets.List(context.Background(), options)
		if err != nil {
			return result{}, err
		}
		for _, object := range list.Items {
			work <- object
		}
		if options.Continue = list.Continue; options.Continue == "" {
			break
		}
	}
	close(work)
	group.Wait()
	total := result{Seconds: time.Since(begin).Seconds()}
	for _, one := range counts {
		total.Count += one.Count
		total.Failed += one.Failed
	}
	return total, nil
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "file that says where the server is")
	inFlight := flag.Int("in-flight", 8, "patches at a time")
	page := flag.Int64("page", 500, "objects in a page")
	flag.Parse()
	total, err := run(*kubeconfig, *inFlight, *page)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(total)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "plainclient:", err)
		os.Exit(1)
	}
}
