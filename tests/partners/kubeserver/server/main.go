// SPDX-License-Identifier: Apache-2.0

// server is an API server of Kubernetes for tests: Secrets, ConfigMaps, Namespaces, Leases,
// StorageVersionMigrations, webhooks of admission and the reviews of the user who asks, on
// Kubernetes' own published modules, which bring storage, encryption, paging, patches and
// refusals. It serves on loopback
// and ends when its standard input ends. When it is ready it prints one line of JSON.
package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/authentication/group"
	"k8s.io/apiserver/pkg/authentication/request/bearertoken"
	"k8s.io/apiserver/pkg/authentication/request/union"
	x509request "k8s.io/apiserver/pkg/authentication/request/x509"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/endpoints/openapi"
	"k8s.io/apiserver/pkg/registry/rest"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"k8s.io/apiserver/pkg/server/options"
	encryptionreload "k8s.io/apiserver/pkg/server/options/encryptionconfig/controller"
	serverstorage "k8s.io/apiserver/pkg/server/storage"
	"k8s.io/apiserver/pkg/storage/storagebackend"
	"k8s.io/apiserver/pkg/util/compatibility"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"

	"libenvcrypt.example/kubeserver/pki"
)

type settings struct {
	state      string
	access     string
	port       int
	reload     time.Duration
	migration  string
	migrate    bool
	reviews    bool
	webhooks   bool
	features   string
	inFlight   int
	writes     int
	etcd       *options.EtcdOptions
	serving    *options.SecureServingOptionsWithLoopback
	namespaces []string
}

func main() {
	s := &settings{
		etcd:    options.NewEtcdOptions(storagebackend.NewDefaultConfig("/registry", nil)),
		serving: options.NewSecureServingOptions().WithLoopback(),
	}
	// Values are stored as the real server stores them.
	s.etcd.DefaultStorageMediaType = runtime.ContentTypeProtobuf
	s.etcd.EncryptionProviderConfigAutomaticReload = true
	flags := pflag.NewFlagSet("server", pflag.ExitOnError)
	flags.StringVar(&s.state, "state", "", "folder for the certificates; the same one for the same server")
	flags.StringVar(&s.access, "access", "", "file of users")
	flags.IntVar(&s.port, "port", 0, "port on 127.0.0.1; 0 = a free one")
	flags.DurationVar(&s.reload, "reload", 200*time.Millisecond, "how often the encryption configuration is looked at")
	flags.StringVar(&s.migration, "migration", "v1", "served version of storagemigration.k8s.io: v1, v1beta1 or empty")
	flags.BoolVar(&s.migrate, "migrate", true, "carry migrations out")
	flags.BoolVar(&s.reviews, "reviews", true, "answer SelfSubjectAccessReview")
	flags.BoolVar(&s.webhooks, "webhooks", false, "serve admissionregistration.k8s.io, and ask the webhooks that it names")
	flags.StringVar(&s.features, "feature-gates", "", "as kube-apiserver's")
	flags.IntVar(&s.inFlight, "max-requests-inflight", 400, "as kube-apiserver's")
	flags.IntVar(&s.writes, "max-mutating-requests-inflight", 200, "as kube-apiserver's")
	flags.StringSliceVar(&s.namespaces, "namespaces", []string{"default", "kube-system"}, "made at the start")
	s.etcd.AddFlags(flags)
	logs := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(logs)
	flags.AddGoFlagSet(logs)
	_ = flags.Parse(os.Args[1:])
	if err := s.run(); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

func (s *settings) run() error {
	ctx, stop := context.WithCancel(genericapiserver.SetupSignalContext())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if s.features != "" {
		if err := utilfeature.DefaultMutableFeatureGate.Set(s.features); err != nil {
			return err
		}
	}
	encryptionreload.EncryptionConfigFileChangePollDuration = s.reload

	all, err := servedKinds(s.migration, s.webhooks)
	if err != nil {
		return err
	}
	scheme, naming := newScheme(all)
	codecs := serializer.NewCodecFactory(scheme)
	config := genericapiserver.NewConfig(codecs)
	config.EffectiveVersion = compatibility.DefaultBuildEffectiveVersion()
	config.PublicAddress = net.IPv4(127, 0, 0, 1)
	config.MaxRequestsInFlight, config.MaxMutatingRequestsInFlight = s.inFlight, s.writes
	namer := openapi.NewDefinitionNamer(naming)
	config.OpenAPIConfig = genericapiserver.DefaultOpenAPIConfig(definitionsOf(all), namer)
	config.OpenAPIV3Config = genericapiserver.DefaultOpenAPIV3Config(definitionsOf(all), namer)

	if err := s.serve(config); err != nil {
		return err
	}
	encodings := serverstorage.NewDefaultResourceEncodingConfig(scheme)
	for _, kinds := range all {
		for _, resource := range []string{"secrets", "configmaps", "namespaces", "leases", "storageversionmigrations",
			"mutatingwebhookconfigurations", "validatingwebhookconfigurations"} {
			encodings.SetResourceEncoding(schema.GroupResource{Group: kinds.version.Group, Resource: resource},
				kinds.version, schema.GroupVersion{Group: kinds.version.Group, Version: runtime.APIVersionInternal})
		}
	}
	factory := serverstorage.NewDefaultStorageFactory(s.etcd.StorageConfig, s.etcd.DefaultStorageMediaType,
		codecs, encodings, serverstorage.NewResourceConfig(),
		map[schema.GroupResource]string{
			{Group: "coordination.k8s.io", Resource: "leases"}:                                   "leases",
			{Group: "storagemigration.k8s.io", Resource: "storageversionmigrations"}:             "storageversionmigrations",
			{Group: "admissionregistration.k8s.io", Resource: "mutatingwebhookconfigurations"}:   "mutatingwebhookconfigurations",
			{Group: "admissionregistration.k8s.io", Resource: "validatingwebhookconfigurations"}: "validatingwebhookconfigurations"})
	if err := s.etcd.ApplyWithStorageFactoryTo(factory, config); err != nil {
		return err
	}

	client, err := kubernetes.NewForConfig(config.LoopbackClientConfig)
	if err != nil {
		return err
	}
	informed := informers.NewSharedInformerFactory(client, 10*time.Minute)
	if config.AdmissionControl, err = s.newAdmission(ctx, config, client, informed); err != nil {
		return err
	}

	server, err := config.Complete(informed).New("kubeserver", genericapiserver.NewEmptyDelegate())
	if err != nil {
		return err
	}
	if err := s.install(server, scheme, codecs, config); err != nil {
		return err
	}
	server.AddPostStartHookOrDie("namespaces", func(hook genericapiserver.PostStartHookContext) error {
		informed.Start(hook.Done())
		return makeNamespaces(hook, client, s.namespaces)
	})
	go s.announce(ctx, config, client)
	return server.PrepareRun().RunWithContext(ctx)
}

// serve opens the port and says who may come in.
func (s *settings) serve(config *genericapiserver.Config) error {
	access, err := readAccess(s.access)
	if err != nil {
		return err
	}
	certs, err := pki.Open(filepath.Join(s.state, "pki"))
	if err != nil {
		return err
	}
	users, err := access.current()
	if err != nil {
		return err
	}
	for _, u := range users {
		if err := certs.Client(u.Name, u.Groups); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		return err
	}
	s.serving.Listener = listener
	s.serving.ServerCert.CertKey = options.CertKey{CertFile: certs.Cert("server"), KeyFile: certs.Key("server")}
	if err := s.serving.ApplyToConfig(config); err != nil {
		return err
	}
	authority, err := dynamiccertificates.NewDynamicCAContentFromFile("clients", certs.Cert("ca"))
	if err != nil {
		return err
	}
	if err := config.Authentication.ApplyClientCert(authority, config.SecureServing); err != nil {
		return err
	}
	verify := x509request.DefaultVerifyOptions()
	verify.Roots = x509.NewCertPool()
	verify.Roots.AddCert(certs.CA)
	config.Authentication.Authenticator = group.NewAuthenticatedGroupAdder(union.New(
		x509request.New(verify, x509request.CommonNameUserConversion),
		bearertoken.New(access)))
	config.Authorization.Authorizer = authorizer.AuthorizerFunc(access.Authorize)
	return nil
}

// install puts the resources in.
func (s *settings) install(server *genericapiserver.GenericAPIServer, scheme *runtime.Scheme,
	codecs serializer.CodecFactory, config *genericapiserver.Config) error {
	parameters := runtime.NewParameterCodec(scheme)
	groupOf := func(name, version string, storage map[string]rest.Storage) *genericapiserver.APIGroupInfo {
		info := genericapiserver.NewDefaultAPIGroupInfo(name, scheme, parameters, codecs)
		info.VersionedResourcesStorageMap[version] = storage
		return &info
	}
	core, leases, migrations, err := newStores(scheme, config.RESTOptionsGetter, s.migration)
	if err != nil {
		return err
	}
	if err := server.InstallLegacyAPIGroup("/api", groupOf("", "v1", core)); err != nil {
		return err
	}
	groups := []*genericapiserver.APIGroupInfo{groupOf("coordination.k8s.io", "v1", leases)}
	if s.migration != "" {
		groups = append(groups, groupOf("storagemigration.k8s.io", s.migration, migrations))
	}
	if s.webhooks {
		webhooks, err := newWebhookStores(scheme, config.RESTOptionsGetter)
		if err != nil {
			return err
		}
		groups = append(groups, groupOf("admissionregistration.k8s.io", "v1", webhooks))
	}
	if s.reviews {
		// The authorizer that also knows the server's own loopback client.
		groups = append(groups,
			groupOf("authorization.k8s.io", "v1", map[string]rest.Storage{
				"selfsubjectaccessreviews": accessReview{created{"selfsubjectaccessreview"}, config.Authorization.Authorizer}}),
			groupOf("authentication.k8s.io", "v1", map[string]rest.Storage{
				"selfsubjectreviews": selfReview{created{"selfsubjectreview"}}}))
	}
	if err := server.InstallAPIGroups(groups...); err != nil {
		return err
	}
	if s.migration == "" || !s.migrate {
		return nil
	}
	worker, err := newMigrator(s.migration, []schema.GroupVersionResource{
		{Version: "v1", Resource: "secrets"}, {Version: "v1", Resource: "configmaps"},
		{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}}, config.LoopbackClientConfig)
	if err != nil {
		return err
	}
	return server.AddPostStartHook("migrations", func(hook genericapiserver.PostStartHookContext) error {
		go worker.run(hook)
		return nil
	})
}

func makeNamespaces(ctx context.Context, client kubernetes.Interface, names []string) error {
	for _, name := range names {
		_, err := client.CoreV1().Namespaces().Create(ctx,
			&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}

// announce prints where the server is, when it lives. It may live without being ready: a plugin
// that is down makes it so.
func (s *settings) announce(ctx context.Context, config *genericapiserver.Config, client kubernetes.Interface) {
	for ctx.Err() == nil {
		if client.Discovery().RESTClient().Get().AbsPath("/livez").Do(ctx).Error() == nil {
			text, _ := json.Marshal(map[string]any{
				"port": s.serving.Listener.Addr().(*net.TCPAddr).Port,
				"pki":  filepath.Join(s.state, "pki"), "pid": os.Getpid()})
			fmt.Println(string(text))
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}
