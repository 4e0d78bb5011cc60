/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of the variable NO_PROXY: which servers are reached without the proxy. As
 * kubectl, whose reader is golang.org/x/net/http/httpproxy (proxy.go), reads it. Items are
 * separated by commas; white space around them and the case of letters do not count:
 *
 *   *                                  every server
 *   1.2.3.4  1.2.3.4:443  1.2.0.0/16   addresses of version 4
 *   fd00::1  [fd00::1]:443  fd00::/8   and 6
 *   a.test   a.test:443                the name, and every name that ends with .a.test
 *   .a.test  *.a.test                  only names that end with .a.test
 *
 * What is none of these matches nothing. Loopback addresses and "localhost" are never
 * reached through it, whatever the list says. Pure; any number of threads.
 */
#ifndef EVC_K8S_NO_PROXY_H
#define EVC_K8S_NO_PROXY_H

#include "net/endpoint.h"

/* list: NULL = empty. */
bool evc_no_proxy_holds(const char *list, const evc_endpoint *server);

#endif
