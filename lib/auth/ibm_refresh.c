/* SPDX-License-Identifier: Apache-2.0 */
/* Refresh tokens, which only who has an API key gets (cluster-apis 4.3). */
#include "auth/ibm_config.h"
#include "auth/ibm_iam.h"

/* The API key that counts, and where IAM is by the same configuration. */
static const evc_secret *
find_key(const evc_ibm_config *config, const char **url)
{
    if (config->given_key.size)
        return &config->given_key;
    for (size_t i = 0; i < config->sources.count; i++) {
        int source = config->sources.at[i];
        const evc_ibm_properties *p = source == EVC_IBM_FROM_FILE ? &config->file
                                      : source == EVC_IBM_FROM_ENVIRONMENT
                                          ? &config->environment
                                          : NULL;

        if (p && p->api_key.size) {
            *url = p->auth_url;
            return &p->api_key;
        }
        if (source == EVC_IBM_FROM_ENVIRONMENT && config->api_key.size)
            return &config->api_key;
    }
    return NULL;
}

int
evc_ibm_refresh_token(evc_ibm_config *config, evc_wait *wait, evc_secret *out,
                      evc_error **err)
{
    const char *url = NULL;
    const evc_secret *key = find_key(config, &url);
    evc_peer *peer = NULL;
    int rc;

    *out = (evc_secret){.bytes = NULL};
    if (!key)
        return evc_err(
            err, ENVCRYPT_E_UNSUPPORTED,
            "IBM Cloud gives refresh tokens to who logs in by an API key, and "
            "there is none here");
    if (config->iam_url)
        url = config->iam_url;
    rc = evc_ibm_iam_open(config->net, url, &config->link, &peer, err);
    if (!rc)
        rc = evc_ibm_iam_refresh(peer, evc_view_of(key->bytes, key->size), wait, out,
                                 err);
    evc_peer_unref(peer);
    return rc;
}
