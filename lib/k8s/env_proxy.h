/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proxy that the environment names for the server of a kubeconfig, as kubectl takes it
 * (net/http, ProxyFromEnvironment): the first of HTTPS_PROXY and https_proxy that says
 * something, unless the first of NO_PROXY and no_proxy lists the server. Loopback
 * and "localhost" never go through it. What goes through it is TLS, by CONNECT or SOCKS,
 * so the proxy sees no request.
 */
#ifndef EVC_K8S_ENV_PROXY_H
#define EVC_K8S_ENV_PROXY_H

#include <stdbool.h>

#include "base/err.h"

/*
 * server: the URL of an API server. *out: the caller's own, http://HOST:PORT or
 * socks5://HOST:PORT; NULL = none. ENDPOINT: a proxy of another form, or with a name and
 * password; the message names the variable and not its value. NOMEM.
 */
int evc_env_proxy_for(const char *server, char **out, evc_error **err) EVC_MUST_CHECK;

/* Whether it is http://HOST:PORT, or the same of socks5; or empty, for none. One with a name
 * and password is not: they would stand in messages of the proxy. */
bool evc_env_proxy_is_usable(const char *proxy);

/*
 * A proxy with the port that its scheme means where the text names none (http 80, socks5
 * 1080: libcurl would take 1080 for both), and without a slash at its end. Nothing else is
 * looked at. NOMEM.
 */
int evc_env_proxy_complete(const char *proxy, char **out,
                           evc_error **err) EVC_MUST_CHECK;

#endif
