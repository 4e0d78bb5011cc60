/* SPDX-License-Identifier: Apache-2.0 */
/* The user of a kubeconfig: what proves who we are, and whom we stand for. */
#ifndef EVC_K8S_KUBECONFIG_USER_H
#define EVC_K8S_KUBECONFIG_USER_H

#include "k8s/access.h"
#include "k8s/kubeconfig_place.h"

/*
 * A program for credentials counts only where there is neither token nor certificate, as in
 * client-go. KUBECONFIG (also for user and password, and for auth-provider, which are
 * refused by name), KUBE_EXEC, YAML, BAD_CREDENTIALS, NOMEM. No message shows a value.
 */
int evc_kubeconfig_user_read(const evc_kubeconfig_place *user, bool allow_exec,
                             evc_arena *arena, evc_kube_access *out,
                             evc_error **err) EVC_MUST_CHECK;

#endif
