/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_endpoint.h"

#include <string.h>

#include "auth/alibaba_files.h"
#include "base/encode.h"

static int
refuse_region(const char *text, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(evc_view_text(text), shown);
    return evc_err(err, ENVCRYPT_E_REGION,
                   "%s is no Region of Alibaba Cloud; a name like cn-hangzhou is one",
                   shown);
}

static int
take(const char *text, evc_buf *out, evc_error **err)
{
    if (!evc_alibaba_is_region(text))
        return refuse_region(text, err);
    evc_buf_put_text(out, text);
    return evc_buf_check(out, err);
}

/* Of the options and the environment; NULL = neither tells. */
static const char *
told_region(const evc_alibaba_config *config)
{
    static const enum evc_alibaba_variable order[] = {
        EVC_ALIBABA_REGION, EVC_ALIBABA_REGION_ID, EVC_ALIBABA_ALICLOUD_REGION};

    if (config->region)
        return config->region;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (config->variables[order[i]])
            return config->variables[order[i]];
    }
    return NULL;
}

int
evc_alibaba_region(const evc_alibaba_config *config, const char *arn_region,
                   evc_buf *out, evc_error **err)
{
    const char *told = told_region(config);
    evc_alibaba_profile profile;
    bool found;
    int rc;

    if (told)
        return take(told, out, err);
    rc = evc_alibaba_cli_profile(config, NULL, &profile, &found, err);
    if (rc)
        return rc;
    if (found && profile.region_id)
        rc = take(profile.region_id, out, err);
    else if (arn_region && arn_region[0])
        rc = take(arn_region, out, err);
    else
        rc =
            evc_err(err, ENVCRYPT_E_REGION,
                    "no Region of Alibaba Cloud is configured; name one in the URI, or "
                    "set ALIBABA_CLOUD_REGION");
    evc_alibaba_profile_reset(&profile);
    return rc;
}

/* -- endpoints ------------------------------------------------------------------------ */

/* A host alone is reached by https. */
static int
open_text(const char *text, const evc_link *link, evc_endpoint **out, evc_error **err)
{
    evc_buf url;
    int rc;

    evc_buf_init(&url);
    if (!strstr(text, "://"))
        evc_buf_put_text(&url, "https://");
    evc_buf_put_text(&url, text);
    evc_buf_put_u8(&url, 0);
    rc = evc_buf_check(&url, err);
    if (!rc)
        rc = evc_endpoint_open((const char *)url.data, link, out, err);
    evc_buf_reset(&url);
    return rc;
}

static int
open_host(const evc_alibaba_config *config, const char *service, const char *region,
          bool vpc, evc_endpoint **out, evc_error **err)
{
    evc_buf host;
    int rc;

    if (!evc_alibaba_is_region(region))
        return refuse_region(region, err);
    evc_buf_init(&host);
    evc_buf_put_format(&host, "%s%s.%s.aliyuncs.com", service, vpc ? "-vpc" : "",
                       region);
    evc_buf_put_u8(&host, 0);
    rc = evc_buf_check(&host, err);
    if (!rc)
        rc = open_text((const char *)host.data, &config->link, out, err);
    evc_buf_reset(&host);
    return rc;
}

int
evc_alibaba_sts_endpoint(const evc_alibaba_config *config, const char *endpoint,
                         const char *region, bool vpc, evc_endpoint **out,
                         evc_error **err)
{
    *out = NULL;
    if (endpoint)
        return open_text(endpoint, &config->link, out, err);
    if (!region)
        region = config->variables[EVC_ALIBABA_STS_REGION];
    vpc =
        vpc || evc_alibaba_is_true(config->variables[EVC_ALIBABA_VPC_ENDPOINT_ENABLED]);
    if (!region)
        return open_text("sts.aliyuncs.com", &config->link, out, err);
    return open_host(config, "sts", region, vpc, out, err);
}

int
evc_alibaba_endpoint(const evc_alibaba_config *config, const char *service,
                     const char *region, evc_endpoint **out, evc_error **err)
{
    *out = NULL;
    if (strcmp(service, "sts") == 0)
        return evc_alibaba_sts_endpoint(config, NULL, region, config->vpc, out, err);
    if (config->endpoint)
        return open_text(config->endpoint, &config->link, out, err);
    return open_host(config, service, region, config->vpc, out, err);
}
