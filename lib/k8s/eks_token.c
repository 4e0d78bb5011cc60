/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/eks_token.h"

#include <string.h>

#include "auth/sigv4.h"
#include "base/encode.h"

#define PREFIX "k8s-aws-v1."
#define EXPIRES_S \
    60u /* authenticators up to 0.3.0 want 0 to 60, later ones ignore it */
#define NAME_MAX_SIZE 100u
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

/* CreateCluster of EKS: ^[0-9A-Za-z][A-Za-z0-9\-_]*, 1 to 100 characters. */
static int
check_name(const char *cluster, evc_error **err)
{
    size_t size = strlen(cluster);
    char shown[EVC_SHOWN];

    if (size >= 1 && size <= NAME_MAX_SIZE && strspn(cluster, NAME_LETTERS) == size &&
        cluster[0] != '-' && cluster[0] != '_')
        return 0;
    evc_encode_shown(evc_view_text(cluster), shown);
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "no cluster of EKS is called \"%s\": names have 1 to %u letters, "
                   "digits, - and _; give the name, not the ARN",
                   shown, NAME_MAX_SIZE);
}

static int
put_token(const evc_exchange *x, evc_buf *out, evc_error **err)
{
    size_t begin = out->size;
    evc_buf url;
    int rc;

    evc_buf_init(&url);
    rc = evc_exchange_url(x, &url, err);
    if (rc == 0) {
        evc_buf_put_text(out, PREFIX);
        evc_encode_base64url(out, evc_view_of(url.data, url.size - 1)); /* its NUL */
        rc = evc_buf_check(out, err);
    }
    evc_buf_reset(&url);
    if (rc == 0 && out->size - begin > EVC_EKS_TOKEN_MAX)
        rc = evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                     "the token for EKS would have %zu bytes, and the API server takes "
                     "%u: the session token of the AWS credentials is too long; assume "
                     "a role with fewer session tags or a smaller session policy",
                     out->size - begin, EVC_EKS_TOKEN_MAX);
    if (rc)
        evc_buf_truncate(out, begin);
    return rc;
}

int
evc_eks_token_make(evc_crypto *crypto, const evc_creds *creds, evc_endpoint *sts,
                   const char *region, const char *cluster, int64_t now_ms,
                   evc_buf *out, evc_error **err)
{
    const evc_sigv4 how = {.region = region, .service = "sts", .now_ms = now_ms};
    evc_exchange x;
    int rc = check_name(cluster, err);

    if (rc)
        return rc;
    evc_exchange_init(&x);
    x.endpoint = evc_endpoint_ref(sts);
    x.method = "GET";
    evc_buf_put_u8(&x.path, '/');
    evc_form_add(&x.query, "Action", evc_view_text("GetCallerIdentity"));
    evc_form_add(&x.query, "Version", evc_view_text("2011-06-15"));
    rc = evc_headers_add(&x.headers, "x-k8s-aws-id", evc_view_text(cluster), err);
    if (rc == 0)
        rc = evc_sigv4_presign(crypto, &how, creds, EXPIRES_S, &x, err);
    if (rc == 0)
        rc = put_token(&x, out, err);
    evc_exchange_reset(&x);
    return rc;
}
