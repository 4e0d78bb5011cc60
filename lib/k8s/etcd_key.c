/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/etcd_key.h"

static const struct special {
    const char *prefix;
    const char *resource;
} specials[] = {
    {"controllers", "replicationcontrollers"},
    {"ingress", "ingresses"},
    {"minions", "nodes"},
    {"podsecuritypolicy", "podsecuritypolicies"},
};

static bool
has_dot(evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '.')
            return true;
    }
    return false;
}

/* As names of resources and groups are; so it may be shown. */
static bool
is_name(evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];

        if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') &&
            byte != '-' && byte != '.')
            return false;
    }
    return text.size > 0 && text.size <= EVC_ETCD_RESOURCE_MAX / 2 - 1;
}

static void
put_resource(evc_view first, evc_view second, evc_buf *out)
{
    /* /registry/services/specs/NAMESPACE/NAME, /registry/services/endpoints/… */
    if (evc_view_is_text(first, "services") && evc_view_is_text(second, "endpoints")) {
        evc_buf_put_text(out, "endpoints");
        return;
    }
    if (has_dot(first) && is_name(second)) {
        evc_buf_put_view(out, second);
        evc_buf_put_u8(out, '.');
        evc_buf_put_view(out, first);
        return;
    }
    for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
        if (evc_view_is_text(first, specials[i].prefix)) {
            evc_buf_put_text(out, specials[i].resource);
            return;
        }
    }
    evc_buf_put_view(out, first);
}

/* /openshift.io/oauth/accesstokens/NAME: a group without a dot in the place of oauth.openshift.io
 * (openshift/openshift-apiserver). */
static bool
put_openshift(evc_view prefix, evc_view first, evc_view second, evc_buf *out)
{
    if (!evc_view_is_text(prefix, "openshift.io") ||
        !evc_view_is_text(first, "oauth") || !is_name(second))
        return false;
    evc_buf_put_text(out, "oauth");
    evc_buf_put_view(out, second);
    return true;
}

void
evc_etcd_key_resource(evc_view key, evc_buf *out)
{
    evc_cursor c = evc_cursor_of_view(key);
    bool rooted = evc_cursor_until(&c, '/').size == 0 && key.size > 0;
    evc_view prefix = evc_cursor_until(&c, '/');
    evc_view first = evc_cursor_until(&c, '/');
    evc_view second = evc_cursor_until(&c, '/');

    if (!rooted || prefix.size == 0 || second.size == 0 || !is_name(first))
        evc_buf_put_text(out, "unknown");
    else if (!put_openshift(prefix, first, second, out))
        put_resource(first, second, out);
}
