/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_sources.h"

int
evc_aws_region(evc_aws_config *config, const char *arn_region, evc_wait *wait,
               evc_buf *out, evc_error **err)
{
    evc_view named = evc_aws_config_region(config);
    int rc;

    if (named.size == 0 && arn_region)
        named = evc_view_text(arn_region);
    if (named.size) {
        evc_buf_put_view(out, named);
        return evc_buf_check(out, err);
    }
    rc = EVC_NOT_CONFIGURED;
    if (evc_source_order_has(&config->sources, EVC_AWS_FROM_IMDS))
        rc = evc_aws_imds_region(config, wait, out, err);
    if (rc != EVC_NOT_CONFIGURED)
        return rc;
    return evc_err(
        err, ENVCRYPT_E_REGION,
        "no Region of AWS is configured: name one in the URI, by AWS_REGION or "
        "by the setting region of the profile %s",
        config->profile);
}
