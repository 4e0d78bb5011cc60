/* SPDX-License-Identifier: Apache-2.0 */
/* The array of the types of protectors. A new type is one line here and one file. */
#ifndef EVC_KMS_PROTECTOR_TYPES_H
#define EVC_KMS_PROTECTOR_TYPES_H

#include "kms/protector.h"

/*
 * In the order in which a store is opened by them: the cheap ones that prove the
 * origin, the dear ones that do, those that do not. NULL past the end.
 */
const evc_protector_type *evc_protector_types_at(size_t index);
const evc_protector_type *evc_protector_types_find(int32_t type);
const evc_protector_type *evc_protector_types_named(const char *name); /* or NULL */

#endif
