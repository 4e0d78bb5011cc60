/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a server is reached and who we are there, as a kubeconfig, a pod or options say it
 * (kubernetes.md 6.4). One thread. Everything in it is its own.
 */
#ifndef EVC_K8S_ACCESS_H
#define EVC_K8S_ACCESS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/kv.h"
#include "base/text.h"
#include "net/headers.h"

#define EVC_KUBE_ARGS_MAX 256u /* of a credential plugin; its variables too */

/* A program that gives credentials (client.authentication.k8s.io). */
typedef struct evc_exec_spec {
    char *command; /* NULL = none */
    char **args;
    size_t arg_count;
    evc_kv env;
    bool v1; /* of the protocol; else v1beta1 */
    bool provide_cluster;
    char *hint;   /* how to install it, as the file says; NULL = none */
    char *config; /* JSON of the cluster's extension for it; NULL = none */
    char *user;   /* whose credentials, for messages: "user NAME of FILE" */
} evc_exec_spec;

typedef struct evc_kube_access {
    char *server;
    char *tls_name; /* texts: NULL = not given */
    char *proxy;
    char *ca_file;
    char *ca_pem; /* before ca_file */
    char *cert_file;
    char *cert_pem; /* before cert_file */
    char *key_file;
    evc_secret key_pem; /* before key_file */
    evc_secret token;
    char *token_file; /* before token */
    evc_exec_spec exec;
    evc_headers as; /* Impersonate-… */
    char *ns;
    char *origin; /* "context NAME of FILE" */
} evc_kube_access;

void evc_kube_access_init(evc_kube_access *access);
void evc_kube_access_reset(evc_kube_access *access); /* wipes; fine on zeros */
/* Whether there is anything that proves who we are. */
bool evc_kube_access_has_user(const evc_kube_access *access);

/* A copy of a secret in the arena. BAD_CREDENTIALS, which names what: too long for a slot,
 * or empty. The errors of evc_secret_new. */
int evc_kube_access_keep(evc_arena *arena, const char *what, evc_view bytes,
                         evc_secret *to, evc_error **err) EVC_MUST_CHECK;
/*
 * Adds the header of impersonation: name "User", "Uid", "Group"; or "Extra-" and a key that
 * is escaped as client-go does (transport/round_trippers.go). ARGUMENT, NOMEM.
 */
int evc_kube_access_as(evc_kube_access *access, const char *name, const char *value,
                       evc_error **err) EVC_MUST_CHECK;

#endif
