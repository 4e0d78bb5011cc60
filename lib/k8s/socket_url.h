/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where kube-apiserver looks for a KMS plugin: a URL of the scheme unix, of which only the
 * path counts (k8s.io/kms, pkg/util: ParseEndpoint; Go's net/url).
 */
#ifndef EVC_K8S_SOCKET_URL_H
#define EVC_K8S_SOCKET_URL_H

typedef enum evc_socket_url {
    EVC_SOCKET_URL_GOOD,
    EVC_SOCKET_URL_EMPTY,
    EVC_SOCKET_URL_MALFORMED, /* Go refuses it */
    EVC_SOCKET_URL_SCHEME,    /* another one, or none */
    EVC_SOCKET_URL_HOST,      /* unix://run/x: read as the path /x */
    EVC_SOCKET_URL_NO_PATH
} evc_socket_url;

evc_socket_url evc_socket_url_check(const char *text);

#endif
