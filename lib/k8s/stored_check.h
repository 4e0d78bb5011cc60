/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stored values prove of a re-encryption: each must be encrypted, under the provider and key
 * id of the newest write, with a data key that is newer than the change of key. The rules are those
 * of doc/internals.md, "What is proven". Bounded: past EVC_STORED_KINDS kinds of protection further
 * ones are counted together, which contradicts anyway; of wrapped data keys those are kept that
 * were used last. Pure, but for the digest.
 */
#ifndef EVC_K8S_STORED_CHECK_H
#define EVC_K8S_STORED_CHECK_H

#include "base/encode.h"
#include "k8s/reading.h"
#include "k8s/report.h"
#include "k8s/stored.h"
#include "k8s/verdict.h"

#define EVC_STORED_KINDS EVC_READING_KINDS

typedef struct evc_stored_kind {
    uint8_t digest[32]; /* of provider, name and key id */
    evc_stored_provider provider;
    char key[EVC_SHOWN]; /* the key id, or the name of the key, as it is shown */
    uint64_t count;
    int64_t oldest; /* mod_revisions */
    int64_t newest;
    char example[EVC_VERDICT_NAME]; /* whose is the oldest */
} evc_stored_kind;

/* A wrapped data key or seed of kms v2. */
typedef struct evc_stored_dek {
    uint8_t digest[EVC_READING_DIGEST];
    int64_t newest; /* mod_revision */
} evc_stored_dek;

typedef struct evc_stored_check {
    evc_crypto *crypto;
    const evc_kube_reading *before; /* from before the change; NULL = none */
    uint64_t count;
    uint64_t damaged; /* of no form that is known */
    char damaged_example[EVC_VERDICT_NAME];
    evc_stored_kind kinds[EVC_STORED_KINDS];
    size_t kind_count;
    uint64_t others;
    char others_example[EVC_VERDICT_NAME];
    evc_stored_dek deks[EVC_READING_DEKS];
    size_t dek_count;
    uint64_t old; /* whose data key was in use before the change */
    char old_example[EVC_VERDICT_NAME];
    int64_t newest; /* mod_revision of all */
} evc_stored_check;

/* before is borrowed; may be NULL. */
void evc_stored_check_init(evc_stored_check *check, evc_crypto *crypto,
                           const evc_kube_reading *before);
/* A value; name is "namespace/name". NOMEM, and of the digest. */
int evc_stored_check_add(evc_stored_check *check, const char *name, evc_view value,
                         int64_t mod_revision, evc_error **err) EVC_MUST_CHECK;

/* What else is known. */
typedef struct evc_stored_facts {
    int64_t since_ms; /* of the change; -1 = not told */
    bool shown;     /* the server stored something anew for an empty patch, after it */
    bool annotated; /* a run after it annotated every object */
    bool whole;     /* all objects of the resource are selected */
    int64_t bound;  /* what has a higher revision was stored after the change; -1 = no
                         such is known */
    int64_t
        restarted_ms; /* when all API servers had been started after it; -1 = not told */
    int64_t restarted_bound; /* as bound, of that moment */
    int64_t served;   /* the highest revision that the API server has; -1 = unknown */
    uint64_t objects; /* how many objects it has */
    bool unlisted;    /* it cannot read all of them, so that it does not list them */
    char newest_name[EVC_VERDICT_NAME]; /* of the object of that revision; "" = none */
    bool
        newest_found; /* its value was read, as new or newer: it is this server's etcd */
} evc_stored_facts;
void evc_stored_check_conclude(const evc_stored_check *check,
                               const evc_stored_facts *facts,
                               evc_reencrypt_report *report);
/* What was read, for later verifications. False, and nothing is to be kept, where the values may
 * not be those of the API server. */
bool evc_stored_check_reading(const evc_stored_check *check,
                              const evc_stored_facts *facts, int64_t read_ms,
                              evc_kube_reading *out);

#endif
