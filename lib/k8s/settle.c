/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/settle.h"

#include <string.h>

#include "k8s/version.h"

bool
evc_settle_is_passing(int code)
{
    int32_t class = evc_error_class_of(code);

    return code != ENVCRYPT_E_CREDENTIALS_DOWN &&
           (class == ENVCRYPT_CLASS_UNAVAILABLE || class == ENVCRYPT_CLASS_THROTTLED);
}

/* Of whom an error tells: of this object, of the server for a while, or of all of it. */
static evc_settle_next
of_error(int code, evc_settled *how)
{
    *how = EVC_SETTLED_FAILED;
    if (evc_settle_is_passing(code))
        return EVC_SETTLE_LATER;
    switch (code) {
    case ENVCRYPT_E_TLS:
    case ENVCRYPT_E_REDIRECT:
    case ENVCRYPT_E_ARGUMENT:
        return EVC_SETTLE_STOP;
    default:
        break;
    }
    switch (evc_error_class_of(code)) {
    case ENVCRYPT_CLASS_ARGUMENT: /* of the server's: refused, or not valid */
    case ENVCRYPT_CLASS_AUTHENTICITY:
    case ENVCRYPT_CLASS_CONFLICT:
    case ENVCRYPT_CLASS_DENIED:
    case ENVCRYPT_CLASS_NOT_FOUND:
    case ENVCRYPT_CLASS_PROTOCOL:
    case ENVCRYPT_CLASS_QUOTA:
        return EVC_SETTLE_DONE;
    default:
        return EVC_SETTLE_STOP;
    }
}

/*
 * What a webhook may say of a patch as well as the API server: that the object is not there, that
 * nobody is logged in, that it is not valid (also the answer to another uid). Nobody stands before a
 * reading, so that tells who it was.
 */
static bool
is_anybodys(int code)
{
    return code == ENVCRYPT_E_KUBE_NOT_FOUND || code == ENVCRYPT_E_AUTH ||
           code == ENVCRYPT_E_KUBE_INVALID;
}

evc_settle_next
evc_settle_patch(int code, const evc_kube_object *object, const char *version,
                 int64_t written_ms, evc_settled *how)
{
    switch (code) {
    case 0:
        if (strcmp(object->version, version) == 0)
            *how = EVC_SETTLED_CURRENT;
        else if (written_ms != object->written_ms)
            *how = EVC_SETTLED_ALTERED;
        else
            *how = EVC_SETTLED_REWRITTEN;
        return EVC_SETTLE_DONE;
    case ENVCRYPT_E_KUBE_CONFLICT:
        return EVC_SETTLE_READ;
    default:
        return is_anybodys(code) ? EVC_SETTLE_READ : of_error(code, how);
    }
}

/* A version that is certainly from before: of a copy that lags behind. */
static bool
is_older(const char *version, const char *than)
{
    int order;

    return evc_kube_version_compare(version, than, &order) && order < 0;
}

evc_settle_next
evc_settle_read(int code, int refused, const evc_kube_object *object,
                const evc_kube_object *found, uint32_t tries, evc_settled *how)
{
    bool same;

    if (code == ENVCRYPT_E_KUBE_NOT_FOUND) {
        *how = EVC_SETTLED_GONE;
        return EVC_SETTLE_DONE;
    }
    if (code)
        return of_error(code, how);
    /* Another object of its name was made since the list. */
    *how = EVC_SETTLED_ELSEWHERE;
    if (strcmp(object->uid, found->uid) != 0)
        return EVC_SETTLE_DONE;
    same = strcmp(object->version, found->version) == 0;
    if (!same && !is_older(found->version, object->version))
        return EVC_SETTLE_DONE;
    *how = EVC_SETTLED_FAILED;
    if (is_anybodys(refused) && same)
        return EVC_SETTLE_DONE; /* it is not liked as it is */
    return tries < EVC_SETTLE_TRIES ? EVC_SETTLE_AGAIN : EVC_SETTLE_DONE;
}
