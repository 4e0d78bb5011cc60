/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/review.h"

#include "codec/jwrite.h"
#include "k8s/call.h"

#define API "authorization.k8s.io/v1"

/* k8s.io/api, authorization/v1, types.go. */
static void
write_attributes(evc_jwrite *w, const evc_kube_resource *resource, const char *verb,
                 const char *ns)
{
    const char *const texts[][2] = {{"namespace", ns ? ns : ""},
                                    {"verb", verb},
                                    {"group", resource->group},
                                    {"version", resource->version},
                                    {"resource", resource->plural}};

    evc_jwrite_object(w);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!texts[i][1][0])
            continue;
        evc_jwrite_name(w, texts[i][0]);
        evc_jwrite_text(w, texts[i][1]);
    }
    evc_jwrite_end(w);
}

static int
write_review(evc_buf *out, const evc_kube_resource *resource, const char *verb,
             const char *ns, evc_error **err)
{
    evc_jwrite w;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "apiVersion");
    evc_jwrite_text(&w, API);
    evc_jwrite_name(&w, "kind");
    evc_jwrite_text(&w, "SelfSubjectAccessReview");
    evc_jwrite_name(&w, "spec");
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "resourceAttributes");
    write_attributes(&w, resource, verb, ns);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}

static const evc_kube_field rows[] = {{"status.allowed", EVC_KUBE_FIELD_FLAG, 0}};

typedef struct answer {
    bool told;
    bool allowed;
} answer;

static int
take(void *user, const evc_kube_found *found, evc_error **err)
{
    answer *a = user;

    (void)err;
    a->told = true;
    a->allowed = found->yes;
    return 0;
}

static void
restart(void *user)
{
    *(answer *)user = (answer){false, false};
}

/* Servers that have no such question, and those that this user may not call it. */
static bool
does_not_answer(const evc_kube_call *call)
{
    return call->status == 403 || call->status == 404 || call->status == 405;
}

int
evc_kube_review(evc_kube *kube, const evc_kube_resource *resource, const char *verb,
                const char *ns, evc_wait *wait, evc_kube_right *out, evc_error **err)
{
    answer a = {false, false};
    evc_kube_call call = {
        .name = "SelfSubjectAccessReview",
        .subject = verb,
        .method = "POST",
        .content = EVC_KUBE_JSON,
        .fields = {.table = rows, .count = 1, .take = take, .user = &a},
        .restart = restart};
    int rc = write_review(&call.body, resource, verb, ns, err);

    *out = EVC_KUBE_RIGHT_UNKNOWN;
    evc_buf_put_text(&call.path, "/apis/" API "/selfsubjectaccessreviews");
    if (!rc)
        rc = evc_kube_call_run(kube, &call, wait, err);
    if (rc && does_not_answer(&call)) {
        evc_err_drop(err);
        rc = 0;
    } else if (!rc && !a.told) {
        rc =
            evc_err(err, ENVCRYPT_E_PROTOCOL,
                    "the API server's review does not say whether %s is allowed", verb);
    } else if (!rc) {
        *out = a.allowed ? EVC_KUBE_RIGHT_YES : EVC_KUBE_RIGHT_NO;
    }
    evc_kube_call_reset(&call);
    return rc;
}
