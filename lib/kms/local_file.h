/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key store's file as a long-lived handle sees it: its last verified state, replaced
 * when the file changed. Any number of threads. The mutex guards pointers and times
 * only: no file is read or written while it is held, so a slow disk stops nobody who
 * can go on with the last state.
 *
 * A file that cannot be read (gone, no permission, I/O error) is logged, and work goes
 * on with the last state. One that can be read and is not a later state of the store
 * (damaged, re-keyed) is an error of every call until it is put right.
 */
#ifndef EVC_KMS_LOCAL_FILE_H
#define EVC_KMS_LOCAL_FILE_H

#include "kms/store_file.h"

#define EVC_LOCAL_LOOK_MS 1000 /* between two looks at the file */

typedef struct evc_local_file evc_local_file;

/* Holds references on access and data, which may be an older state of the file. */
int evc_local_file_open(evc_store_access *access, evc_store_data *data,
                        evc_local_file **out, evc_error **err) EVC_MUST_CHECK;
void evc_local_file_close(evc_local_file *file); /* NULL is fine; legal in a child */
const evc_store_access *evc_local_file_access(const evc_local_file *file);

/*
 * The state of the file: a reference, given back by evc_store_data_unref(). It looks
 * when the last look is a second old, or now. ENVCRYPT_E_STORE_…, FILE_TOO_OPEN, NOMEM.
 */
int evc_local_file_get(evc_local_file *file, bool now, evc_store_data **out,
                       evc_error **err) EVC_MUST_CHECK;
/* The last state without a look, whatever a look found; for questions without errors. */
evc_store_data *evc_local_file_last(evc_local_file *file);

/* Rotates a key in the file and here. Errors as envcrypt_keystore_rotate(). */
int evc_local_file_rotate(evc_local_file *file, const char *name, evc_wait *wait,
                          evc_error **err) EVC_MUST_CHECK;

#endif
