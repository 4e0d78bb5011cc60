/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cluster's own engine for rewriting: StorageVersionMigration (storagemigration.k8s.io;
 * v1alpha1, v1beta1, v1), made and polled to its end (kubernetes.md 6.1).
 */
#ifndef EVC_K8S_MIGRATION_H
#define EVC_K8S_MIGRATION_H

#include "k8s/resource.h"

/* Whether discovery lists it, and the version that we take: v1, v1beta1, v1alpha1. */
int evc_kube_migration_find(evc_kube *kube, evc_wait *wait, char version[64],
                            bool *found, evc_error **err) EVC_MUST_CHECK;

typedef struct evc_kube_migration_state {
    bool running;
    bool succeeded;
    bool failed;
    char reason[128]; /* of the condition; letters only */
} evc_kube_migration_state;

/* Makes one with a name of its own (generateName), which is given back. */
int evc_kube_migration_begin(evc_kube *kube, const char *version,
                             const evc_kube_resource *resource, evc_wait *wait,
                             char name[EVC_KUBE_NAME_MAX + 1],
                             evc_error **err) EVC_MUST_CHECK;
int evc_kube_migration_poll(evc_kube *kube, const char *version, const char *name,
                            evc_wait *wait, evc_kube_migration_state *out,
                            evc_error **err) EVC_MUST_CHECK;

#endif
