/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_key.h"

#include "cloud/ibm_request.h"
#include "envcrypt/kms.h"

static const struct {
    int64_t number;
    int32_t state;
    const char *name;
    int code; /* of wrapping; 0 = it wraps */
    bool unwraps;
    const char *why;
} states[] = {
    {EVC_IBM_PRE_ACTIVE, ENVCRYPT_KEY_CREATING, "Pre-activation",
     ENVCRYPT_E_KEY_NOT_READY, false, "it is not active yet; wait for that"},
    {EVC_IBM_ACTIVE, ENVCRYPT_KEY_ENABLED, "Active", 0, true, ""},
    {EVC_IBM_SUSPENDED, ENVCRYPT_KEY_DISABLED, "Suspended", ENVCRYPT_E_KEY_DISABLED,
     false, "it is disabled; enable it to use it"},
    {EVC_IBM_DEACTIVATED, ENVCRYPT_KEY_DECRYPT_ONLY, "Deactivated",
     ENVCRYPT_E_KEY_DECRYPT_ONLY, true,
     "it has expired and only unwraps; wrap under another key"},
    {EVC_IBM_DESTROYED, ENVCRYPT_KEY_DESTROYED, "Destroyed", ENVCRYPT_E_KEY_DESTROYED,
     false, "it was deleted; for 30 days it can be restored"},
};

#define STATES (sizeof(states) / sizeof(states[0]))

static size_t
row_of(int64_t state)
{
    size_t row = 0;

    while (row < STATES && states[row].number != state)
        row++;
    return row;
}

int32_t
evc_ibm_key_state(int64_t state)
{
    size_t row = row_of(state);

    return row < STATES ? states[row].state : ENVCRYPT_KEY_UNKNOWN;
}

const char *
evc_ibm_key_state_name(int64_t state)
{
    size_t row = row_of(state);

    return row < STATES ? states[row].name : "unknown";
}

int
evc_ibm_key_check(int64_t state, bool wrap, const char *crn, evc_error **err)
{
    size_t row = row_of(state);
    int rc;

    /* A state that is not known is left to the service's own judgement. */
    if (row == STATES || states[row].code == 0 || (!wrap && states[row].unwraps))
        return 0;
    rc = evc_err(err, states[row].code, "the key \"%s\" cannot be used to %s: %s", crn,
                 wrap ? "wrap" : "unwrap", states[row].why);
    if (err)
        evc_err_set_key_state(*err, states[row].name);
    return rc;
}

int
evc_ibm_key_read(const evc_json *resource, evc_ibm_key *out, evc_error **err)
{
    bool extractable = true;
    evc_ibm_key key = {.json = resource, .state = -1};
    int rc = evc_json_text(resource, "id", &key.id, err);

    if (!rc)
        rc = evc_json_text(resource, "crn", &key.crn, err);
    if (!rc)
        rc = evc_json_integer(resource, "state", 0, INT32_MAX, &key.state, err);
    if (!rc)
        rc = evc_json_bool_opt(resource, "extractable", &extractable, err);
    if (!rc)
        rc = evc_json_bool_opt(resource, "imported", &key.imported, err);
    if (!rc)
        rc = evc_json_text_opt(resource, "name", &key.name, err);
    if (!rc)
        rc = evc_json_text_opt(resource, "keyRingID", &key.ring, err);
    rc = evc_ibm_reply_check(rc, err);
    if (rc)
        return rc;
    key.extractable = extractable;
    key.version = evc_ibm_reply_inner(resource, "keyVersion", "id");
    key.created_ms = evc_ibm_reply_time(resource, "creationDate");
    key.rotated_ms = evc_ibm_reply_time(resource, "lastRotateDate");
    key.expires_ms = evc_ibm_reply_time(resource, "expirationDate");
    *out = key;
    return 0;
}

int
evc_ibm_key_only(const evc_json_doc *doc, evc_ibm_key *out, evc_error **err)
{
    const evc_json *list = NULL;
    int rc;

    if (!doc)
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the service said nothing where a key was expected");
    rc = evc_json_array(evc_json_root(doc), "resources", &list, err);
    rc = evc_ibm_reply_check(rc, err);
    if (rc)
        return rc;
    if (evc_json_count(list) != 1)
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the service showed %zu keys where one was expected",
                       evc_json_count(list));
    return evc_ibm_key_read(evc_json_at(list, 0), out, err);
}
