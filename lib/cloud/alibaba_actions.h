/* SPDX-License-Identifier: Apache-2.0 */
/* The actions of a service of Alibaba Cloud KMS, each where its file says. */
#ifndef EVC_CLOUD_ALIBABA_ACTIONS_H
#define EVC_CLOUD_ALIBABA_ACTIONS_H

#include "cloud/service.h"

/* alibaba_keys.c */
extern const evc_action evc_alibaba_list_keys;
extern const evc_action evc_alibaba_describe_key;
extern const evc_action evc_alibaba_create_key;

/* alibaba_states.c */
extern const evc_action evc_alibaba_enable_key;
extern const evc_action evc_alibaba_disable_key;
extern const evc_action evc_alibaba_schedule_deletion;
extern const evc_action evc_alibaba_cancel_deletion;
extern const evc_action evc_alibaba_set_deletion_protection;
extern const evc_action evc_alibaba_account_status;

/* alibaba_aliases.c */
extern const evc_action evc_alibaba_list_aliases;
extern const evc_action evc_alibaba_create_alias;
extern const evc_action evc_alibaba_update_alias;

/* alibaba_rotation.c */
extern const evc_action evc_alibaba_list_versions;
extern const evc_action evc_alibaba_rotation_policy;

/* alibaba_wrapped.c */
extern const evc_action evc_alibaba_generate_wrapped_key;

#endif
