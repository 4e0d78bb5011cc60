/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The actions of the service "ibm-kp" ("Key Protect API", kms-apis 2.2, cluster-apis
 * 4.4). In the place of permissions stand IBM's roles, which are what one grants there.
 */
#ifndef EVC_CLOUD_IBM_ACTIONS_H
#define EVC_CLOUD_IBM_ACTIONS_H

#include "cloud/service.h"

#define EVC_IBM_READER "service role Reader"
#define EVC_IBM_WRITER "service role Writer"
#define EVC_IBM_MANAGER "service role Manager"
#define EVC_IBM_VIEWER "platform role Viewer"

/* ibm_keys.c */
extern const evc_action evc_ibm_list_keys;
extern const evc_action evc_ibm_describe_key;
extern const evc_action evc_ibm_create_key;
extern const evc_action evc_ibm_create_alias;
extern const evc_action evc_ibm_delete_alias;
extern const evc_action evc_ibm_list_versions;

/* ibm_changes.c */
extern const evc_action evc_ibm_rotate_key;
extern const evc_action evc_ibm_enable_key;
extern const evc_action evc_ibm_disable_key;
extern const evc_action evc_ibm_delete_key;
extern const evc_action evc_ibm_restore_key;

/* ibm_policies.c */
extern const evc_action evc_ibm_rotation_status;
extern const evc_action evc_ibm_rotation_policy;

/* ibm_lists.c */
extern const evc_action evc_ibm_list_registrations;
extern const evc_action evc_ibm_list_instances;
extern const evc_action evc_ibm_show_private_port;

#endif
