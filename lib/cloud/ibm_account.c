/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_account.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "cloud/ibm_access.h"

/* --- open and close --- */

static int
keep_texts(evc_ibm_account *account, const evc_ibm_access *access,
           const evc_ibm_place *place, evc_error **err)
{
    char instance[256];
    evc_buf b;

    evc_buf_init_fixed(&b, instance, sizeof(instance));
    evc_buf_put_view(&b, place->instance);
    evc_buf_put_u8(&b, 0);
    account->instance = evc_mem_strdup(instance);
    if (access->ring)
        account->ring = evc_mem_strdup(access->ring);
    if (!account->instance || (access->ring && !account->ring))
        return evc_err_nomem(err);
    account->target = (evc_ibm_target){account->instance, account->ring};
    return 0;
}

static int
open_peers(evc_ibm_account *account, const evc_ibm_access *access,
           const evc_ibm_place *place, evc_wait *wait, evc_error **err)
{
    evc_buf url;
    int rc = evc_ibm_access_peer(access, access->controller, &account->controller, err);

    if (rc || place->instance.size == 0)
        return rc;
    evc_buf_init(&url);
    rc = evc_ibm_access_find(access, place, wait, &url, err);
    if (!rc)
        rc = evc_ibm_access_peer(access, (const char *)url.data, &account->peer, err);
    evc_buf_reset(&url);
    return rc;
}

int
evc_ibm_account_open(evc_service *service, const evc_uri *uri,
                     const struct envcrypt_kms_config *config, evc_wait *wait,
                     evc_error **err)
{
    evc_ibm_account *account;
    evc_ibm_access access;
    evc_ibm_place place;
    int rc = evc_ibm_place_of(uri, &place, err);

    if (rc)
        return rc;
    account = evc_mem_new(sizeof(*account));
    if (!account)
        return evc_err_nomem(err);
    service->state = account;
    rc = evc_ibm_access_open(&access, service->net, uri, config, err);
    if (rc)
        return rc;
    rc = keep_texts(account, &access, &place, err);
    if (!rc)
        rc = open_peers(account, &access, &place, wait, err);
    evc_ibm_access_close(&access);
    return rc;
}

void
evc_ibm_account_close(void *state)
{
    evc_ibm_account *account = state;

    evc_peer_unref(account->peer);
    evc_peer_unref(account->controller);
    evc_mem_free(account->instance);
    evc_mem_free(account->ring);
    evc_mem_free(account);
}

/* --- asking --- */

int
evc_ibm_account_ask(const evc_service *service, const evc_operation_kind *kind,
                    const char *method, evc_ibm_ask *out, evc_error **err)
{
    const evc_ibm_account *account = service->state;

    *out = (evc_ibm_ask){.kind = kind,
                         .peer = account->peer,
                         .subject = account->instance,
                         .target = &account->target,
                         .method = method};
    if (account->peer)
        return 0;
    return evc_err(err, ENVCRYPT_E_URI,
                   "this needs an instance, and the URI of the service names none; the "
                   "form is ibm-kp://HOST-OR-REGION/INSTANCE, and list-instances shows "
                   "which there are");
}

/* Of a CRN the id; else the text itself. NULL: not of a key of this instance. */
static const char *
id_of(const evc_ibm_account *account, const char *text)
{
    evc_ibm_crn crn;
    size_t size = strlen(text);

    if (!evc_ibm_crn_parse(evc_view_of(text, size), &crn))
        return evc_ibm_is_token(evc_view_of(text, size)) ? text : NULL;
    if (crn.key.size == 0 || !evc_view_is_text(crn.instance, account->instance))
        return NULL;
    return &text[size - crn.key.size]; /* it stands last */
}

int
evc_ibm_account_ask_key(const evc_service *service, const evc_kv *args,
                        const evc_operation_kind *kind, const char *method,
                        evc_ibm_ask *out, evc_error **err)
{
    const evc_ibm_account *account = service->state;
    const char *key = evc_service_arg(args, "key");
    char shown[EVC_SHOWN];
    int rc = evc_ibm_account_ask(service, kind, method, out, err);

    if (rc)
        return rc;
    out->subject = id_of(account, key);
    out->path[0] = "keys";
    out->path[1] = out->subject;
    if (out->subject)
        return 0;
    evc_encode_shown(evc_view_text(key), shown);
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "\"%s\" is neither the id, an alias nor the CRN of a key of the "
                   "instance \"%s\"",
                   shown, account->instance);
}

evc_ibm_where
evc_ibm_account_where(const evc_ibm_ask *ask)
{
    return (evc_ibm_where){ask->peer, ask->target, ask->path[1], ask->subject};
}

/* --- rows --- */

const char *const evc_ibm_key_columns[] = {
    "key",      "crn",  "name",    "aliases", "state",   "type",        "version",
    "imported", "ring", "created", "rotated", "expires", "description", NULL};

/* All aliases, one comma between two. */
static int
put_aliases(evc_table *out, const evc_json *key, evc_error **err)
{
    const evc_json *list = NULL;
    evc_buf text;
    int rc;

    if (evc_json_array(key, "aliases", &list, NULL) || evc_json_count(list) == 0)
        return 0;
    evc_buf_init(&text);
    for (size_t i = 0; i < evc_json_count(list); i++) {
        if (i)
            evc_buf_put_text(&text, ",");
        evc_buf_put_text(&text, evc_json_as_text(evc_json_at(list, i)));
    }
    evc_buf_put_u8(&text, 0);
    rc = evc_buf_check(&text, err);
    if (!rc)
        rc = evc_table_set(out, "aliases", (const char *)text.data, err);
    evc_buf_reset(&text);
    return rc;
}

int
evc_ibm_account_put_key(evc_table *out, const evc_ibm_key *key, evc_error **err)
{
    const struct {
        const char *column;
        const char *text;
    } texts[] = {
        {"key", key->id},
        {"crn", key->crn},
        {"name", key->name},
        {"state", evc_ibm_key_state_name(key->state)},
        {"type", key->extractable ? "standard" : "root"},
        {"version", key->version},
        {"imported", key->imported ? "true" : "false"},
        {"ring", key->ring},
    };
    const char *description = NULL;
    int rc = evc_table_add_row(out, err);

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && !rc; i++)
        rc = evc_table_set(out, texts[i].column, texts[i].text, err);
    if (!rc && !evc_json_text(key->json, "description", &description, NULL))
        rc = evc_table_set(out, "description", description, err);
    if (!rc)
        rc = put_aliases(out, key->json, err);
    if (!rc)
        rc = evc_table_set_time(out, "created", key->created_ms, err);
    if (!rc)
        rc = evc_table_set_time(out, "rotated", key->rotated_ms, err);
    if (!rc)
        rc = evc_table_set_time(out, "expires", key->expires_ms, err);
    return rc;
}

int
evc_ibm_account_show_key(const evc_ibm_ask *ask, evc_wait *wait, evc_table *out,
                         evc_error **err)
{
    evc_ibm_where where = evc_ibm_account_where(ask);
    evc_json_doc *doc = NULL;
    evc_ibm_key key;
    int rc = evc_ibm_fetch_key(&where, wait, &doc, &key, err);

    if (!rc)
        rc = evc_ibm_account_put_key(out, &key, err);
    evc_json_free(doc);
    return rc;
}
