/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A credential plugin: the program that a kubeconfig names is run, and what it writes is
 * read as an ExecCredential (k8s/exec_credential.h). Without a shell or a terminal, for
 * EVC_EXEC_TIME_MS at most; runs of one plugin are serialised by the chain it is a source
 * of. Who opens one has allowed it.
 */
#ifndef EVC_K8S_EXEC_PLUGIN_H
#define EVC_K8S_EXEC_PLUGIN_H

#include "auth/chain.h"
#include "k8s/access.h"

#define EVC_EXEC_TIME_MS 60000
#define EVC_EXEC_OUTPUT_MAX ((size_t)262144)
#define EVC_EXEC_HINT_MAX 400u /* bytes of the hint that stand in a message */

typedef struct evc_exec_plugin evc_exec_plugin;

/* What is needed of access is copied. KUBECONFIG: a file of the cluster that it should be
 * told cannot be. FILE_…, NOMEM. */
int evc_exec_plugin_open(const evc_kube_access *access, evc_exec_plugin **out,
                         evc_error **err) EVC_MUST_CHECK;
void evc_exec_plugin_close(void *state); /* the plugin; NULL is fine */
/*
 * As evc_source.fetch; state is the plugin. BAD_CREDENTIALS: there is no such program (the
 * message has the hint of the kubeconfig), or what it writes is no ExecCredential of the
 * version that was asked for. CREDENTIALS_DOWN: it ended with a status that is not 0.
 */
int evc_exec_plugin_fetch(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                          evc_creds **out, evc_error **err) EVC_MUST_CHECK;

#endif
