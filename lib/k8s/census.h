/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts what stored values are protected by: objects by resource, provider, name, key id and
 * DEK; so that it shows what would be lost if a key went. Bounded: past EVC_CENSUS_ROWS rows
 * further ones are counted in one, past as many DEKs further ones are not told apart. One
 * thread.
 */
#ifndef EVC_K8S_CENSUS_H
#define EVC_K8S_CENSUS_H

#include "base/table.h"
#include "k8s/stored.h"

#define EVC_CENSUS_ROWS 10000u

typedef struct envcrypt_census evc_census;

int evc_census_new(evc_crypto *crypto, evc_census **out,
                   evc_error **err) EVC_MUST_CHECK;
void evc_census_free(evc_census *census); /* NULL is fine; legal in a child of fork */
/* A value that is damaged is counted as such, with its key, and is no failure. FORKED, NOMEM,
 * after which the value may be counted in one of the two tables. */
int evc_census_add(evc_census *census, evc_view key, evc_view value,
                   int64_t mod_revision, evc_error **err) EVC_MUST_CHECK;
/*
 * Rows, most objects first: resource, provider, name, key_id, deks, objects, oldest (key of the one with the
 * lowest mod_revision), oldest_revision, newest_revision. FORKED, NOMEM.
 */
int evc_census_table(const evc_census *census, evc_table **out,
                     evc_error **err) EVC_MUST_CHECK;
/* Same without resource, a row for each key: the objects of all resources that it alone opens. */
int evc_census_keys(const evc_census *census, evc_table **out,
                    evc_error **err) EVC_MUST_CHECK;

#endif
