/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the public surface needs of API servers. access.c in builds with k8s, access_none.c
 * in the others, where none is ever open.
 */
#ifndef EVC_API_ACCESS_H
#define EVC_API_ACCESS_H

#include "api/kube_config.h"
#include "base/table.h"
#include "base/wait.h"

/* As envcrypt_kube_open. */
int evc_access_open(const envcrypt_kube_config *config, envcrypt_kube **out,
                    evc_error **err) EVC_MUST_CHECK;
envcrypt_kube *evc_access_ref(envcrypt_kube *kube);
void evc_access_unref(envcrypt_kube *kube); /* legal in a child of fork */
const char *evc_access_server(const envcrypt_kube *kube);
const char *evc_access_origin(const envcrypt_kube *kube);
/* As envcrypt_kube_check. */
int evc_access_check(envcrypt_kube *kube, evc_wait *wait, evc_table **out,
                     evc_error **err) EVC_MUST_CHECK;

#endif
