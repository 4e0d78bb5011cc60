// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	iks "github.com/IBM-Cloud/container-services-go-sdk/kubernetesserviceapiv1"
	"github.com/IBM/go-sdk-core/v5/core"
)

func bytesReader(text []byte) io.Reader {
	if len(text) == 0 {
		text = []byte("{}")
	}
	return bytes.NewReader(text)
}

// bySDK asks by github.com/IBM-Cloud/container-services-go-sdk.
func bySDK(o *order) (any, *core.DetailedResponse, error) {
	var who core.Authenticator = &core.IamAuthenticator{ApiKey: o.APIKey, URL: o.IAM}
	if o.Token != "" {
		who = &core.BearerTokenAuthenticator{BearerToken: o.Token}
	}
	api, err := iks.NewKubernetesServiceApiV1(&iks.KubernetesServiceApiV1Options{
		URL:           o.URL,
		Authenticator: who,
	})
	if err != nil {
		panic(err)
	}
	kept := new(keeper)
	api.Service.SetHTTPClient(&http.Client{Transport: kept})
	switch o.Op {
	case "instances":
		options := api.NewKmsGetInstancesOptions()
		o.into(options)
		return api.KmsGetInstances(options)
	case "crks":
		var options iks.KmsGetCRKsOptions
		o.into(&options)
		return api.KmsGetCRKs(&options)
	case "enable":
		options := api.NewKmsEnableClusterOptions()
		o.into(options)
		response, err := api.KmsEnableCluster(options)
		return nil, response, err
	case "cluster":
		var options iks.GetClusterOptions
		o.into(&options)
		return api.GetCluster(&options)
	case "clusters":
		options := api.NewVpcGetClustersOptions()
		o.into(options)
		return api.VpcGetClusters(options)
	case "classic-clusters":
		return api.ClassicGetClusters(api.NewClassicGetClustersOptions())
	case "satellite-clusters":
		return api.GetSatelliteClusters(api.NewGetSatelliteClustersOptions())
	case "apply-kubeconfig":
		var options iks.ApplyRBACAndGetKubeconfigOptions
		o.into(&options)
		return kept.text(api.ApplyRBACAndGetKubeconfig(&options))
	case "kubeconfig":
		var options iks.GetKubeconfigOptions
		o.into(&options)
		return kept.text(api.GetKubeconfig(&options))
	}
	panic(fmt.Sprintf("there is no operation %s", o.Op))
}

// keeper keeps the last body, as the SDK throws away what it has no model of.
type keeper struct{ body []byte }

func (k *keeper) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	k.body, err = io.ReadAll(response.Body)
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(k.body))
	return response, err
}

func (k *keeper) text(response *core.DetailedResponse, err error) (any, *core.DetailedResponse, error) {
	return string(k.body), response, err
}
