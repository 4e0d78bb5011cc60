/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_fetch.h"

#include <string.h>

#include "kms/edk.h"

static const evc_operation_kind get_metadata = {
    .name = "get key metadata", .build = evc_ibm_ask_build, .read = evc_ibm_ask_read};
static const evc_operation_kind list_versions = {
    .name = "list key versions", .build = evc_ibm_ask_build, .read = evc_ibm_ask_read};

static const evc_operation_kind get_port = {.name = "get allowed IP port",
                                            .build = evc_ibm_ask_build,
                                            .read = evc_ibm_ask_read};

static evc_ibm_ask
ask_about(const evc_ibm_where *where, const evc_operation_kind *kind, const char *what)
{
    return (evc_ibm_ask){.kind = kind,
                         .peer = where->peer,
                         .subject = where->subject,
                         .target = where->target,
                         .method = "GET",
                         .path = {"keys", where->key, what}};
}

int
evc_ibm_fetch_key(const evc_ibm_where *where, evc_wait *wait, evc_json_doc **doc,
                  evc_ibm_key *key, evc_error **err)
{
    evc_ibm_ask ask = ask_about(where, &get_metadata, "metadata");
    int rc = evc_ibm_ask_run(&ask, wait, err);

    *doc = NULL;
    if (!rc)
        rc = evc_ibm_key_only(ask.doc, key, err);
    if (!rc) {
        *doc = ask.doc;
        ask.doc = NULL;
    }
    evc_ibm_ask_reset(&ask);
    return rc;
}

/* Newest first, as they come. */
static int
keep_version(void *user, const evc_json *resource, evc_error **err)
{
    evc_key_info *newest_first = user;
    const char *id = NULL;
    int rc = evc_ibm_reply_check(evc_json_text(resource, "id", &id, err), err);

    if (!rc && strlen(id) > EVC_EDK_VERSION_MAX)
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL, "a key version has more than %u bytes",
                     EVC_EDK_VERSION_MAX);
    if (rc)
        return rc;
    return evc_key_info_add(newest_first, id, 0,
                            evc_ibm_reply_time(resource, "creationDate"), err);
}

int
evc_ibm_fetch_versions(const evc_ibm_where *where, int32_t state, evc_wait *wait,
                       evc_key_info *info, evc_error **err)
{
    evc_ibm_ask ask = ask_about(where, &list_versions, "versions");
    evc_key_info *newest_first = NULL;
    int rc = evc_key_info_new(evc_view_text(where->key), &newest_first, err);

    evc_form_add(&ask.query, "allKeyStates", evc_view_text("true"));
    if (!rc)
        rc = evc_ibm_ask_pages(&ask, keep_version, newest_first, wait, err);
    for (size_t i = rc ? 0 : newest_first->count; i > 0 && !rc; i--) {
        const evc_key_version *version = &newest_first->versions[i - 1];

        rc = evc_key_info_add(info, version->id, state, version->created_ms, err);
    }
    evc_key_info_free(newest_first);
    evc_ibm_ask_reset(&ask);
    return rc;
}

static int
read_port(const evc_json_doc *doc, uint16_t *port, evc_error **err)
{
    const evc_json *list = NULL;
    int64_t number = 0;
    int rc;

    if (!doc)
        return evc_err(err, ENVCRYPT_E_PROTOCOL, "the service gave an empty reply");
    rc = evc_json_array(evc_json_root(doc), "resources", &list, err);
    if (!rc && evc_json_count(list))
        rc = evc_json_integer_opt(evc_json_at(list, 0), "private_endpoint_port", 1,
                                  UINT16_MAX, &number, err);
    *port = (uint16_t)number;
    return evc_ibm_reply_check(rc, err);
}

int
evc_ibm_fetch_port(evc_peer *peer, const evc_ibm_target *target, evc_wait *wait,
                   uint16_t *port, evc_error **err)
{
    evc_ibm_ask ask = {.kind = &get_port,
                       .peer = peer,
                       .subject = target->instance,
                       .target = target,
                       .method = "GET",
                       .path = {"instance", "allowed_ip_port"}};
    int rc = evc_ibm_ask_run(&ask, wait, err);

    *port = 0;
    if (!rc)
        rc = read_port(ask.doc, port, err);
    evc_ibm_ask_reset(&ask);
    return rc;
}
