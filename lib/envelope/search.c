/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/search.h"

#include "base/encode.h"

void
evc_search_begin(evc_search *s)
{
    *s = (evc_search){.code = ENVCRYPT_E_NO_KEY};
}

void
evc_search_end(evc_search *s)
{
    evc_error_free(s->causes);
    s->causes = NULL;
}

/*
 * That a key was the wrong one, or never opens, says less than that a service was away,
 * or a version is disabled, or the service used another key than it was asked to: those
 * a caller can do something about.
 */
static bool
is_telling(int code)
{
    int32_t error_class = evc_error_class_of(code);

    return code == ENVCRYPT_E_KEY_MISMATCH ||
           (error_class != ENVCRYPT_CLASS_WRONG_KEY &&
            error_class != ENVCRYPT_CLASS_AUTHENTICITY &&
            error_class != ENVCRYPT_CLASS_UNSUPPORTED);
}

static bool
is_cause(const evc_error *causes, const evc_error *error)
{
    while (causes && causes != error)
        causes = evc_error_cause(causes);
    return causes != NULL;
}

void
evc_search_note(evc_search *s, int code, evc_error *error)
{
    s->tried++;
    evc_err_add_cause(&s->causes, error);
    if (s->code != ENVCRYPT_E_NO_KEY || !is_telling(code))
        return;
    s->code = code;
    if (is_cause(s->causes, error)) /* memory may have been out for it */
        s->telling = error;
}

static int
report_none(const evc_edk *edks, size_t count, evc_error **err)
{
    char provider[EVC_SHOWN];
    char key_id[EVC_SHOWN];
    evc_edk_facts facts;

    evc_edk_describe(&edks[0], &facts);
    evc_encode_shown(edks[0].provider, provider);
    evc_encode_shown(facts.key_id, key_id);
    return evc_err(err, ENVCRYPT_E_NO_KEY,
                   "of %zu encrypted data key%s none is for a key of this keyring; the "
                   "first one names provider %s, key %s",
                   count, count == 1 ? "" : "s", provider, key_id);
}

/* The facts of the failure that tells most become those of the whole. */
static int
report_failures(evc_search *s, evc_error **err)
{
    const evc_error *telling = s->telling ? s->telling : s->causes;
    int rc = evc_err(err, s->code,
                     "no encrypted data key could be opened, in %zu attempt%s: %s",
                     s->tried, s->tried == 1 ? "" : "s", evc_error_message(telling));

    if (err && s->telling)
        evc_err_set_facts_of(*err, telling);
    evc_err_add_cause(err, s->causes);
    s->causes = NULL;
    return rc;
}

int
evc_search_report(evc_search *s, const evc_edk *edks, size_t count, evc_error **err)
{
    return s->tried ? report_failures(s, err) : report_none(edks, count, err);
}

bool
evc_search_is_final(int code)
{
    return code == ENVCRYPT_E_CANCELED || code == ENVCRYPT_E_FORKED ||
           evc_error_class_of(code) == ENVCRYPT_CLASS_NOMEM;
}

void
evc_search_tell(const evc_search *s, const evc_log *log)
{
    if (s->code != ENVCRYPT_E_NO_KEY)
        evc_log_write(log, ENVCRYPT_LOG_WARNING,
                      "another key opened what the first one did not: %s",
                      s->telling ? evc_error_message(s->telling)
                                 : evc_error_name(s->code));
}
