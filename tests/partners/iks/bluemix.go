// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	bluemix "github.com/IBM-Cloud/bluemix-go"
	iks "github.com/IBM-Cloud/bluemix-go/api/container/containerv2"
	"github.com/IBM-Cloud/bluemix-go/session"
)

type target struct {
	Cluster string `json:"cluster"`
	Account string `json:"account"`
	Group   string `json:"group"`
	// What Terraform and the command line add.
	Provider string `json:"provider"`
	Folder   string `json:"folder"`
	Admin    bool   `json:"admin"`
	Endpoint string `json:"endpoint"`
	// The change itself.
	Enable iks.KmsEnableReq `json:"enable"`
}

// byBluemix asks by github.com/IBM-Cloud/bluemix-go, which Terraform uses.
func byBluemix(o *order) (any, error) {
	retries, delay := 0, time.Millisecond
	config := &bluemix.Config{
		BluemixAPIKey: o.APIKey, Endpoint: &o.URL, TokenProviderEndpoint: &o.IAM, Region: "us-south",
		MaxRetries: &retries, RetryDelay: &delay,
	}
	opened, err := session.New(config)
	if err != nil {
		return nil, err
	}
	api, err := iks.New(opened)
	if err != nil {
		return nil, err
	}
	var args target
	o.into(&args)
	where := iks.ClusterTargetHeader{AccountID: args.Account, ResourceGroup: args.Group, Provider: args.Provider}
	switch o.Op {
	case "enable":
		header := iks.ClusterHeader{AccountID: args.Account, ResourceGroup: args.Group}
		return nil, api.Kms().EnableKms(args.Enable, header)
	case "cluster":
		return api.Clusters().GetCluster(args.Cluster, where)
	case "clusters":
		return api.Clusters().List(where)
	case "kubeconfig":
		return api.Clusters().GetClusterConfigDetail(args.Cluster, args.Folder, args.Admin, where, args.Endpoint)
	}
	panic(fmt.Sprintf("there is no operation %s", o.Op))
}
