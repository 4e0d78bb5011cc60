/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "auth/aws_config.h"
#include "base/mem.h"

/* botocore's partitions.json (kms-apis 1.13); the first whose prefix fits. */
static const struct partition {
    const char *prefix;
    const char *name;
    const char *dns;
    const char *dual_stack;
} partitions[] = {
    {"cn-", "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"us-gov-", "aws-us-gov", "amazonaws.com", "api.aws"},
    {"us-iso-", "aws-iso", "c2s.ic.gov", "api.aws.ic.gov"},
    {"us-isob-", "aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"},
    {"eu-isoe-", "aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"us-isof-", "aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
    {"eusc-de-", "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"", "aws", "amazonaws.com", "api.aws"},
};

/* Services whose hosts are called otherwise than themselves, and their variables. */
static const struct service {
    const char *name; /* of [services] blocks */
    const char *host;
    enum evc_aws_variable variable;
} services[] = {
    {"kms", "kms", EVC_AWS_ENDPOINT_URL_KMS},
    {"sts", "sts", EVC_AWS_ENDPOINT_URL_STS},
    {"eks", "eks", EVC_AWS_ENDPOINT_URL_EKS},
    {"sso", "portal.sso", EVC_AWS_ENDPOINT_URL_SSO},
    {"sso_oidc", "oidc", EVC_AWS_ENDPOINT_URL_SSO_OIDC},
};

static const struct partition *
partition_of(const char *region)
{
    const struct partition *p = partitions;

    while (strncmp(region, p->prefix, strlen(p->prefix)) != 0)
        p++;
    return p;
}

const char *
evc_aws_partition(const char *region)
{
    return partition_of(region)->name;
}

static const struct service *
service_of(const char *name)
{
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        if (strcmp(services[i].name, name) == 0)
            return &services[i];
    }
    return NULL;
}

/* The URL that somebody named for the service; empty = none. */
static evc_view
custom_url(const evc_aws_config *config, const struct service *service)
{
    const evc_aws_files *files = &config->files;
    const char *ignore = config->variables[EVC_AWS_IGNORE_CONFIGURED_ENDPOINT_URLS];
    evc_view ignored =
        evc_aws_files_get(files, config->profile, "ignore_configured_endpoint_urls");
    evc_view url = evc_view_of(NULL, 0);

    if (config->endpoint && strcmp(config->service, service->name) == 0)
        return evc_view_text(config->endpoint);
    if (evc_view_is_text(ignore ? evc_view_text(ignore) : ignored, "true"))
        return url;
    if (config->variables[service->variable])
        return evc_view_text(config->variables[service->variable]);
    if (config->variables[EVC_AWS_ENDPOINT_URL])
        return evc_view_text(config->variables[EVC_AWS_ENDPOINT_URL]);
    url = evc_aws_files_get(files, config->profile, "services");
    if (url.size)
        url = evc_aws_files_service(files, url, service->name, "endpoint_url");
    return url.size ? url : evc_aws_files_get(files, config->profile, "endpoint_url");
}

/* Each service names its FIPS hosts in its own way; EKS in three. */
static void
put_host(evc_buf *out, const evc_aws_config *config, const struct service *service,
         const char *region)
{
    const struct partition *p = partition_of(region);
    const char *suffix = config->dual_stack ? p->dual_stack : p->dns;
    bool eks = strcmp(service->name, "eks") == 0;
    bool sts = strcmp(service->name, "sts") == 0;
    bool gov = strcmp(p->name, "aws-us-gov") == 0;
    const char *before = "";
    const char *after = "";

    if (config->fips && !config->dual_stack && eks && strcmp(p->name, "aws") == 0)
        before = "fips.";
    else if (config->fips && !(gov && !config->dual_stack && (eks || sts)))
        after = "-fips";
    evc_buf_put_format(out, "https://%s%s%s.%s.%s", before, service->host, after,
                       region, suffix);
}

static int
open_custom(const evc_aws_config *config, const struct service *service, evc_view url,
            evc_endpoint **out, evc_error **err)
{
    char *text;
    int rc;

    if (config->fips || config->dual_stack)
        return evc_err(err, ENVCRYPT_E_ENDPOINT,
                       "a custom endpoint of AWS's service %s and %s endpoints exclude "
                       "one another; switch one of them off",
                       service->name, config->fips ? "FIPS" : "dual-stack");
    text = evc_aws_config_text(url);
    if (!text)
        return evc_err_nomem(err);
    rc = evc_endpoint_open(text, &config->link, out, err);
    evc_mem_free(text);
    return rc;
}

static int
find_service(const char *service, const char *region, const struct service **out,
             evc_error **err)
{
    *out = service_of(service);
    if (!*out)
        return evc_err(err, ENVCRYPT_E_INTERNAL,
                       "the service \"%s\" of AWS is not known here; please report",
                       service);
    if (!evc_aws_config_is_region(evc_view_text(region)))
        return evc_err(err, ENVCRYPT_E_REGION,
                       "a Region of AWS is called like eu-central-1");
    return 0;
}

static int
open_own(const evc_aws_config *config, const struct service *service,
         const char *region, evc_endpoint **out, evc_error **err)
{
    evc_buf url;
    int rc;

    evc_buf_init(&url);
    put_host(&url, config, service, region);
    evc_buf_put_u8(&url, 0);
    rc = evc_buf_check(&url, err);
    if (rc == 0)
        rc = evc_endpoint_open((const char *)url.data, &config->link, out, err);
    evc_buf_reset(&url);
    return rc;
}

int
evc_aws_endpoint_own(const evc_aws_config *config, const char *service,
                     const char *region, evc_endpoint **out, evc_error **err)
{
    const struct service *known;
    int rc = find_service(service, region, &known, err);

    *out = NULL;
    return rc ? rc : open_own(config, known, region, out, err);
}

int
evc_aws_endpoint(const evc_aws_config *config, const char *service, const char *region,
                 evc_endpoint **out, evc_error **err)
{
    const struct service *known;
    evc_view custom;
    int rc = find_service(service, region, &known, err);

    *out = NULL;
    if (rc)
        return rc;
    custom = custom_url(config, known);
    if (custom.size)
        return open_custom(config, known, custom, out, err);
    return open_own(config, known, region, out, err);
}
