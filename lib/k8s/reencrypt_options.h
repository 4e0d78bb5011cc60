/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a re-encryption is told to do: a public envcrypt_reencrypt_config. Options go by name;
 * their values are checked when they are set, as far as that needs no server and no file.
 */
#ifndef EVC_K8S_REENCRYPT_OPTIONS_H
#define EVC_K8S_REENCRYPT_OPTIONS_H

#include <stdbool.h>

#include "base/kv.h"
#include "envcrypt/k8s.h"

#define EVC_REENCRYPT_IN_FLIGHT_MAX 256u

/* Texts are of the object, or static. */
typedef struct envcrypt_reencrypt_config {
    evc_kv given;
    const char *resource;
    int32_t mode; /* ENVCRYPT_REENCRYPT_AUTO … */
    const char *annotation;
    const char *namespaces;     /* separated by commas; NULL = all */
    const char *labels;         /* selector; NULL = none */
    const char *names_file;     /* lines namespace/name; NULL = none */
    const char *journal;        /* path; NULL = none: an interrupted run begins anew */
    const char *journal_folder; /* where it is, if there is no path; NULL = none */
    const char *lease_ns;       /* "" = no lease */
    const char *etcd_prefix;
    int64_t since_ms;     /* end of the change of key, wall time; -1 = not told */
    int64_t restarted_ms; /* when all API servers had been restarted after it; same */
    uint32_t in_flight;   /* 1 to EVC_REENCRYPT_IN_FLIGHT_MAX */
    uint32_t rate;        /* patches a second; 0 = no limit but the server's */
    uint32_t page;        /* 1 to EVC_KUBE_PAGE_MAX */
    bool second_pass;
    bool dry_run; /* counts, and writes nothing */
} evc_reencrypt_options;

void evc_reencrypt_options_init(evc_reencrypt_options *options);
void evc_reencrypt_options_reset(evc_reencrypt_options *options);
/* value NULL = the default. UNKNOWN_OPTION, which names the nearest; ARGUMENT: a value that
 * cannot be; NOMEM. After a failure nothing changed. */
int evc_reencrypt_options_set(evc_reencrypt_options *options, const char *name,
                              const char *value, evc_error **err) EVC_MUST_CHECK;

/* "rewrite", as the option says it; "?" for what is none. And back: 0 for what is none. */
const char *evc_reencrypt_mode_name(int32_t mode);
int32_t evc_reencrypt_mode_of(const char *name);

#endif
