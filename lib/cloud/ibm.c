/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm.h"

#include <string.h>

#include "base/mem.h"
#include "cloud/ibm_access.h"
#include "cloud/ibm_actions.h"
#include "cloud/ibm_call.h"
#include "cloud/ibm_explain.h"
#include "cloud/ibm_fetch.h"
#include "kms/uuid.h"

/* "Deprecation of Hyper Protect Crypto Services", IBM Cloud docs. */
#define HPCS_END "2027-03-28"

/* Which key service makes a data key is no choice here: it would be one of 32 bytes only,
 * and just as readable to the service and on the way as the one that we make and send.
 * So GENERATE is left to kms.c, which draws the key here and wraps it. */

static const char *const options[] = {EVC_IBM_OPTIONS, NULL};

static void
ibm_close(void *state)
{
    evc_ibm *ibm = state;

    evc_peer_unref(ibm->cloud.peer);
    evc_chain_unref(ibm->chain);
    evc_mem_free(ibm->instance);
    evc_mem_free(ibm->ring);
    evc_mem_free(ibm->key);
    evc_mem_free(ibm);
}

/* --- calls --- */

static int
describe(evc_kms *kms, evc_call *call, evc_wait *wait, evc_error **err)
{
    const evc_ibm *ibm = kms->state;
    evc_ibm_where where = {ibm->cloud.peer, &ibm->target, ibm->key, kms->key_id};
    evc_json_doc *doc = NULL;
    evc_ibm_key key;
    int rc = evc_ibm_fetch_key(&where, wait, &doc, &key, err);

    if (!rc) {
        evc_buf_put_text(&call->key_id, key.crn);
        rc = evc_buf_check(&call->key_id, err);
    }
    if (!rc)
        rc = evc_key_info_new(evc_view_text(kms->key_id), &call->info, err);
    if (!rc) {
        call->info->state = evc_ibm_key_state(key.state);
        rc = evc_ibm_fetch_versions(&where, call->info->state, wait, call->info, err);
    }
    evc_json_free(doc);
    return rc;
}

static int
run(evc_kms *kms, evc_call *call, evc_wait *wait, evc_error **err)
{
    const evc_ibm *ibm = kms->state;
    const evc_operation_kind *kind = evc_ibm_kind_of(call);
    evc_operation op;
    int rc;

    if (!kind)
        return describe(kms, call, wait, err);
    evc_operation_init(&op, kind, ibm->cloud.peer, call);
    op.subject = kms->key_id;
    rc = evc_operation_run(&op, wait, err);
    if (rc)
        rc = evc_ibm_explain(call, rc, wait, err);
    evc_operation_reset(&op);
    return rc;
}

/* One by one, a refusal is explained; in bulk, it is not worth a request each. */
static void
ibm_start(evc_kms *kms, evc_call *call)
{
    evc_error *error = NULL;
    int rc = run(kms, call, call->wait, &error);

    evc_call_finish(call, rc, error);
}

static bool
ibm_claims(const evc_kms *kms, const evc_edk *edk)
{
    evc_edk_service info;

    return evc_view_is_text(edk->provider, EVC_IBM_PROVIDER) &&
           evc_edk_service_parse(edk->info, &info) &&
           evc_view_is_text(info.key_id, kms->key_id);
}

static int64_t
ibm_age_from_ms(const evc_kms *kms, const evc_edk *edk)
{
    evc_edk_service info;

    (void)kms;
    return evc_edk_service_parse(edk->info, &info) ? evc_edk_service_wrapped_ms(&info)
                                                   : -1;
}

/* --- opening --- */

static int
keep_texts(evc_ibm *ibm, const evc_ibm_access *access, const evc_ibm_crn *crn,
           evc_error **err)
{
    char text[EVC_IBM_CRN_MAX + 1];
    evc_buf b;

    evc_buf_init_fixed(&b, text, sizeof(text));
    evc_buf_put_view(&b, crn->instance);
    evc_buf_put_u8(&b, 0);
    ibm->instance = evc_mem_strdup(text);
    evc_buf_clear(&b);
    evc_buf_put_view(&b, crn->key);
    evc_buf_put_u8(&b, 0);
    ibm->key = evc_mem_strdup(text);
    if (access->ring)
        ibm->ring = evc_mem_strdup(access->ring);
    if (!ibm->instance || !ibm->key || (access->ring && !ibm->ring))
        return evc_err_nomem(err);
    ibm->target = (evc_ibm_target){ibm->instance, ibm->ring};
    ibm->is_hpcs = evc_view_is_text(crn->service, EVC_IBM_HPCS);
    return 0;
}

static int
refuse_other(const evc_ibm_key *key, const evc_ibm_where *where, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_KEY_MISMATCH,
                   "the service showed the key \"%s\" where \"%s\" was asked for",
                   key->crn, where->subject);
}

/* What the service shows is what was asked for, and can wrap. */
static int
check_key(const evc_ibm_place *place, const evc_ibm_where *where,
          const evc_ibm_key *key, evc_ibm_crn *crn, evc_error **err)
{
    uint8_t asked[EVC_UUID_SIZE];
    uint8_t shown[EVC_UUID_SIZE];

    if (!evc_ibm_crn_parse(evc_view_text(key->crn), crn) || crn->key.size == 0)
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the service showed a key whose CRN is none of a key");
    if (!evc_view_is_text(crn->key, key->id) ||
        !evc_view_equal(crn->instance, place->instance))
        return refuse_other(key, where, err);
    if (place->crn.size && !evc_view_is_text(place->crn, key->crn))
        return refuse_other(key, where, err);
    /* An alias is never a UUID. */
    if (evc_uuid_parse(place->key, asked) &&
        (!evc_uuid_parse(evc_view_text(key->id), shown) ||
         memcmp(asked, shown, sizeof(asked)) != 0))
        return refuse_other(key, where, err);
    if (key->extractable)
        return evc_err(err, ENVCRYPT_E_KEY_UNSUITABLE,
                       "the key \"%s\" is a standard key, whose material can be read; "
                       "only root keys wrap data keys",
                       key->crn);
    return 0;
}

static void
warn_of_end(const evc_kms *kms)
{
    evc_log_write(
        &evc_crypto_env(kms->crypto)->log, ENVCRYPT_LOG_WARNING,
        "the key %s is of Hyper Protect Crypto Services, which end on " HPCS_END
        "; move to Key Protect",
        kms->key_id);
}

/* Pins the key: whatever its alias names later, this handle stays with this one. */
static int
resolve(evc_kms *kms, evc_ibm *ibm, const evc_ibm_access *access,
        const evc_ibm_place *place, evc_wait *wait, evc_error **err)
{
    char instance[256];
    char key_text[256];
    evc_buf b;
    evc_ibm_target target = {instance, access->ring};
    evc_ibm_where where = {ibm->cloud.peer, &target, key_text, key_text};
    evc_json_doc *doc = NULL;
    evc_ibm_key key;
    evc_ibm_crn crn;
    int rc;

    evc_buf_init_fixed(&b, instance, sizeof(instance));
    evc_buf_put_view(&b, place->instance);
    evc_buf_put_u8(&b, 0);
    evc_buf_init_fixed(&b, key_text, sizeof(key_text));
    evc_buf_put_view(&b, place->key);
    evc_buf_put_u8(&b, 0);
    rc = evc_ibm_fetch_key(&where, wait, &doc, &key, err);
    if (!rc)
        rc = check_key(place, &where, &key, &crn, err);
    if (!rc)
        rc = keep_texts(ibm, access, &crn, err);
    if (!rc) {
        kms->key_id = evc_mem_strdup(key.crn);
        kms->provider = evc_mem_strdup(EVC_IBM_PROVIDER);
        rc = kms->key_id && kms->provider ? 0 : evc_err_nomem(err);
    }
    evc_json_free(doc);
    return rc;
}

static int
open_peer(evc_ibm *ibm, const evc_ibm_access *access, const evc_ibm_place *place,
          evc_wait *wait, evc_error **err)
{
    evc_buf url;
    int rc;

    evc_buf_init(&url);
    rc = evc_ibm_access_find(access, place, wait, &url, err);
    if (!rc)
        rc = evc_ibm_access_peer(access, (const char *)url.data, &ibm->cloud.peer, err);
    evc_buf_reset(&url);
    return rc;
}

static int
ibm_open(evc_kms *kms, const evc_uri *uri, const struct envcrypt_kms_config *config,
         evc_wait *wait, evc_error **err)
{
    evc_ibm_access access;
    evc_ibm_place place;
    evc_ibm *ibm;
    int rc = evc_ibm_place_of(uri, &place, err);

    if (!rc && place.key.size == 0)
        rc = evc_err(err, ENVCRYPT_E_URI,
                     "the URI names an instance and no key; the forms are "
                     "ibm-kp:///crn:v1:...:key:ID and ibm-kp://HOST-OR-REGION/INSTANCE/"
                     "KEY");
    if (!rc && !kms->net)
        rc = evc_err(err, ENVCRYPT_E_UNSUPPORTED, "ibm-kp:// keys need a network");
    if (rc)
        return rc;
    ibm = evc_mem_new(sizeof(*ibm));
    if (!ibm)
        return evc_err_nomem(err);
    ibm->cloud.kind_of = evc_ibm_kind_of;
    ibm->cloud.run = run;
    kms->state = ibm;
    kms->operations = EVC_IBM_OPERATIONS;
    rc = evc_ibm_access_open(&access, kms->net, uri, config, err);
    if (rc)
        return rc;
    ibm->chain = evc_chain_ref(access.chain);
    rc = open_peer(ibm, &access, &place, wait, err);
    if (!rc)
        rc = resolve(kms, ibm, &access, &place, wait, err);
    if (!rc && ibm->is_hpcs)
        warn_of_end(kms);
    evc_ibm_access_close(&access);
    return rc;
}

/* What one grants there are roles. */
static const char *
ibm_permission(uint32_t operation)
{
    return operation == ENVCRYPT_OP_ROTATE ? EVC_IBM_WRITER : EVC_IBM_READER;
}

static int
ibm_identity(const evc_kms *kms, evc_wait *wait, evc_buf *out, evc_error **err)
{
    const evc_ibm *ibm = kms->state;

    return evc_ibm_identity(ibm->chain, wait, out, err);
}

/* Which version is current only the service knows, so is_current is never known. */
const evc_backend evc_backend_ibm = {
    .scheme = "ibm-kp",
    .options = options,
    .open = ibm_open,
    .close = ibm_close,
    .claims = ibm_claims,
    .start = ibm_start,
    .at_once = true,
    .start_many = evc_cloud_start_many,
    .permission = ibm_permission,
    .identity = ibm_identity,
    .age_from_ms = ibm_age_from_ms,
};
