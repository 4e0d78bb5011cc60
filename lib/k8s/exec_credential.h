/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol of credential plugins: the object ExecCredential of
 * client.authentication.k8s.io, versions v1 and v1beta1 (k8s.io/client-go,
 * pkg/apis/clientauthentication; "client-go credential plugins", kubernetes.io). Pure.
 */
#ifndef EVC_K8S_EXEC_CREDENTIAL_H
#define EVC_K8S_EXEC_CREDENTIAL_H

#include "auth/creds.h"
#include "base/buf.h"
#include "k8s/access.h"

/*
 * What a plugin is told in KUBERNETES_EXEC_INFO, appended as JSON; with the cluster when
 * access->exec wants it, then ca is the PEM text of its authorities (empty = none).
 * KUBECONFIG: a text that is no UTF-8. NOMEM.
 */
int evc_exec_credential_write(const evc_kube_access *access, evc_view ca, evc_buf *out,
                              evc_error **err) EVC_MUST_CHECK;
/*
 * What a plugin answers; text is wiped in any case. v1: the version that was asked for. who
 * and detail: of messages and of the credentials. BAD_CREDENTIALS: no ExecCredential, of
 * another version, without a token and certificate, with half of a pair, with a time that
 * is none. NOMEM, ARENA_….
 */
int evc_exec_credential_read(evc_buf *text, bool v1, const char *who, evc_arena *arena,
                             evc_creds **out, evc_error **err) EVC_MUST_CHECK;

#endif
