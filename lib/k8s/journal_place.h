/* SPDX-License-Identifier: Apache-2.0 */
/* Which file of a folder is the journal of a run: its name is of what the run is about. */
#ifndef EVC_K8S_JOURNAL_PLACE_H
#define EVC_K8S_JOURNAL_PLACE_H

#include "crypto/crypto.h"
#include "k8s/journal_line.h"

/*
 * "FOLDER/PLURAL-16 HEX DIGITS.journal": those of a digest over cluster, resource and selection, so
 * that the same run finds its journal whatever path its names stand at, and another one has another.
 * *out is freed by evc_mem_free(). NOMEM.
 */
int evc_journal_place(evc_crypto *crypto, const char *folder, const char *plural,
                      const evc_kube_run_id *id, char **out,
                      evc_error **err) EVC_MUST_CHECK;

#endif
