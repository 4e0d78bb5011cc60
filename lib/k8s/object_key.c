/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/object_key.h"

evc_view
evc_object_key(const char *ns, const char *name, char room[EVC_OBJECT_KEY_MAX])
{
    evc_buf key;

    evc_buf_init_fixed(&key, room, EVC_OBJECT_KEY_MAX);
    evc_buf_put_text(&key, ns);
    evc_buf_put_u8(&key, '/');
    evc_buf_put_text(&key, name);
    return key.failed ? evc_view_of(NULL, 0) : evc_buf_view(&key);
}
