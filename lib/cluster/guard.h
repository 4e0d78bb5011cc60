/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disabling and deleting keys of clouds (design decision 16; rows E21, I17, I19, R29). The
 * clusters that use the key are looked up at that moment, never remembered; a look-up that
 * fails or is denied counts as "in use".
 */
#ifndef EVC_CLUSTER_GUARD_H
#define EVC_CLUSTER_GUARD_H

#include "cluster/cluster.h"

typedef enum evc_key_action {
    EVC_KEY_DISABLE,
    EVC_KEY_ENABLE,
    EVC_KEY_SCHEDULE_DELETION,
    EVC_KEY_CANCEL_DELETION
} evc_key_action;
const char *evc_key_action_name(evc_key_action action); /* "schedule-deletion" */

/* Those of evc_cluster_list_columns, and confirm: what is typed back for the row. */
extern const char *const evc_guard_columns[]; /* NULL-ended */

/*
 * Who uses the key that the change names: rows of evc_guard_columns; one whose name is empty
 * says what could not be looked at, and is confirmed with "unknown". Of clusters of one name
 * each is confirmed with REGION/NAME, of those of one Region with its id. place: where its
 * clusters can be.
 */
int evc_guard_users(evc_cluster *place, const evc_cluster_change *change,
                    evc_wait *wait, evc_table **out, evc_error **err) EVC_MUST_CHECK;
/*
 * KEY_IN_USE: clusters use it, or that could not be looked at, and the option confirm does
 * not have the words of all of them (column confirm), with commas. UNSUPPORTED: the library
 * does not do that at this provider. *users may be wanted
 * (NULL = not) also when this is refused; freed by the caller.
 */
int evc_guard_run(evc_cluster *place, evc_key_action action,
                  const evc_cluster_change *change, evc_wait *wait, evc_table **users,
                  evc_table **out, evc_error **err) EVC_MUST_CHECK;

#endif
