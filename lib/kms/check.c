/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/check.h"

#include "base/encode.h"
#include "base/mem.h"
#include "base/names.h"

#define KEY_SIZE 32u

static const char *const columns[] = {
    "step", "result", "detail", "permission", "#milliseconds", "error", NULL,
};

/* What the steps share. */
typedef struct check {
    evc_kms *kms;
    evc_wait *wait;
    evc_kv context; /* of the test */
    evc_kv other;   /* one that must be refused */
    evc_secret key;
    evc_edk_out wrapped; /* empty until something wrapped */
    evc_table *table;
    size_t failed;
    bool ended; /* the rest would fail alike */
} check;

typedef struct step {
    const char *name;
    uint32_t needs; /* of the key; else it is skipped */
    bool needs_wrapped;
    bool may_fail; /* it is unknown then */
    /* Says what it did in detail, which may stay empty. */
    int (*run)(check *c, evc_buf *detail, evc_error **err);
} step;

/* --- the steps --- */

/* The caller's wait, so that a cancel counts, with less time. */
static int
ask_identity(const check *c, evc_wait *wait, evc_buf *detail, evc_error **err)
{
    int64_t kept = wait->deadline_ms;
    int64_t last = evc_clock_monotonic_ms(wait->clock) + EVC_CHECK_IDENTITY_MS;
    int rc;

    if (kept > last)
        wait->deadline_ms = last;
    rc = c->kms->backend->identity(c->kms, wait, detail, err);
    wait->deadline_ms = kept;
    return rc;
}

static int
identity(check *c, evc_buf *detail, evc_error **err)
{
    evc_wait own;
    int rc;

    if (c->wait)
        return ask_identity(c, c->wait, detail, err);
    evc_wait_init(&own, &evc_crypto_env(c->kms->crypto)->clock, EVC_CHECK_IDENTITY_MS);
    rc = ask_identity(c, &own, detail, err);
    evc_wait_release(&own);
    return rc;
}

static const char *
word_of(int32_t state)
{
    static const char *const words[] = {
        "of unknown state",  "enabled",      "disabled",
        "destroyed",         "decrypt-only", "pending deletion",
        "pending an import", "unavailable",  "being made"};

    const char *word = EVC_NAME_AT(words, state);

    return word ? word : words[0];
}

static int
describe(check *c, evc_buf *detail, evc_error **err)
{
    evc_key_info *info = NULL;
    int rc = evc_kms_describe(c->kms, c->wait, &info, err);

    if (rc)
        return rc;
    evc_buf_put_format(detail, "the key is %s", word_of(info->state));
    if (info->count > 0)
        evc_buf_put_format(detail, " and has %zu version%s", info->count,
                           info->count == 1 ? "" : "s");
    if (info->state != ENVCRYPT_KEY_ENABLED && info->state != ENVCRYPT_KEY_UNKNOWN)
        rc = evc_err(err, ENVCRYPT_E_KEY_DISABLED, "the key is %s, so it does not wrap",
                     word_of(info->state));
    evc_key_info_free(info);
    return rc;
}

/* What is wrapped must be this key: data written under another one would be lost. */
static int
unwraps_to(check *c, const evc_edk_out *wrapped, const evc_secret *key, evc_error **err)
{
    evc_edk edk = evc_edk_view(wrapped);
    evc_secret back;
    int rc = evc_kms_unwrap(c->kms, &edk, &c->context, key->size, c->wait, NULL, &back,
                            NULL, err);

    if (!rc && !evc_mem_equal_secret(back.bytes, key->bytes, key->size))
        rc = evc_err(err, ENVCRYPT_E_BAD_DEK,
                     "what was wrapped unwraps to something else");
    evc_secret_free(&back);
    return rc;
}

static int
generate(check *c, evc_buf *detail, evc_error **err)
{
    evc_edk_out made;
    evc_secret key;
    int rc = evc_kms_generate(c->kms, KEY_SIZE, &c->context, c->wait, NULL, &key, &made,
                              err);

    (void)detail;
    if (!rc && evc_kms_can(c->kms, ENVCRYPT_OP_UNWRAP)) {
        rc = unwraps_to(c, &made, &key, err);
        if (rc == ENVCRYPT_E_DENIED) { /* the right to unwrap has a step of its own */
            evc_err_drop(err);
            rc = 0;
        }
    }
    evc_secret_free(&key);
    evc_edk_out_reset(&made);
    return rc;
}

static int
wrap(check *c, evc_buf *detail, evc_error **err)
{
    evc_edk_facts facts;
    evc_edk edk;
    int rc = evc_loan_key(NULL, c->kms->crypto, KEY_SIZE, &c->key, err);

    if (!rc)
        rc = evc_kms_wrap(c->kms, evc_view_of(c->key.bytes, c->key.size), &c->context,
                          c->wait, NULL, &c->wrapped, err);
    if (rc)
        return rc;
    edk = evc_edk_view(&c->wrapped);
    evc_edk_describe(&edk, &facts);
    if (facts.key_version[0])
        evc_buf_put_format(detail, "under version %s", facts.key_version);
    return 0;
}

static int
unwrap(check *c, evc_buf *detail, evc_error **err)
{
    (void)detail;
    return unwraps_to(c, &c->wrapped, &c->key, err);
}

/* A refusal is what is wanted; what is no refusal of a ciphertext is told as it is. */
static int
wrong_context(check *c, evc_buf *detail, evc_error **err)
{
    evc_edk edk = evc_edk_view(&c->wrapped);
    evc_secret back;
    int rc = evc_kms_unwrap(c->kms, &edk, &c->other, c->key.size, c->wait, NULL, &back,
                            NULL, err);

    evc_secret_free(&back);
    if (!rc)
        return evc_err(
            err, ENVCRYPT_E_CONTEXT,
            "the key service unwrapped under another encryption context than "
            "it wrapped, so it does not bind it");
    if (evc_error_class_of(rc) != ENVCRYPT_CLASS_AUTHENTICITY &&
        evc_error_class_of(rc) != ENVCRYPT_CLASS_ARGUMENT)
        return rc;
    evc_err_drop(err);
    evc_buf_put_text(detail, "refused, as it must be");
    return 0;
}

static int
rewrap(check *c, evc_buf *detail, evc_error **err)
{
    evc_edk edk = evc_edk_view(&c->wrapped);
    evc_edk_out made;
    int rc = evc_kms_rewrap(c->kms, &edk, &c->context, c->wait, &made, err);

    (void)detail;
    evc_edk_out_reset(&made);
    return rc;
}

static const step steps[] = {
    {"identity", 0, false, true, identity},
    {"describe", ENVCRYPT_OP_DESCRIBE, false, false, describe},
    {"generate", ENVCRYPT_OP_GENERATE, false, false, generate},
    {"wrap", ENVCRYPT_OP_WRAP, false, false, wrap},
    {"unwrap", ENVCRYPT_OP_UNWRAP, true, false, unwrap},
    {"wrong-context", ENVCRYPT_OP_UNWRAP, true, false, wrong_context},
    {"rewrap", ENVCRYPT_OP_REWRAP, true, false, rewrap},
};

/* NULL = it is not skipped. */
static const char *
why_skipped(const check *c, const step *s)
{
    if (s->run == identity && !c->kms->backend->identity)
        return "the key is used as nobody in particular";
    if (!evc_kms_can(c->kms, s->needs))
        return "the key service does not do this";
    if (c->ended)
        return "for the reason above";
    if (s->needs_wrapped && c->wrapped.ciphertext.size == 0)
        return "nothing was wrapped to try it with";
    return NULL;
}

/* --- the rows --- */

static int
set_row(check *c, const step *s, const char *result, const char *detail,
        const char *permission, int64_t ms, evc_error **err)
{
    int rc = evc_table_add_row(c->table, err);

    if (!rc)
        rc = evc_table_set(c->table, "step", s->name, err);
    if (!rc)
        rc = evc_table_set(c->table, "result", result, err);
    if (!rc)
        rc = evc_table_set(c->table, "detail", detail && *detail ? detail : NULL, err);
    if (!rc)
        rc = evc_table_set(c->table, "permission", permission, err);
    return rc || ms < 0 ? rc : evc_table_set_number(c->table, "milliseconds", ms, err);
}

/* Ends all, and is no finding about the key. */
static bool
is_final(const check *c, int rc)
{
    return rc == ENVCRYPT_E_CANCELED || rc == ENVCRYPT_E_FORKED ||
           evc_error_class_of(rc) == ENVCRYPT_CLASS_NOMEM ||
           evc_wait_check(c->wait, NULL) != 0;
}

static const char *
permission_of(const check *c, const step *s, int rc)
{
    if (rc != ENVCRYPT_E_DENIED || !c->kms->backend->permission)
        return NULL;
    return c->kms->backend->permission(s->needs);
}

/* Nobody was reached, or nobody who was believed: what follows would say it again. */
static bool
ends_all(int rc)
{
    int class = evc_error_class_of(rc);

    return class == ENVCRYPT_CLASS_UNAVAILABLE || class == ENVCRYPT_CLASS_CREDENTIALS ||
           rc == ENVCRYPT_E_NO_CREDENTIALS || rc == ENVCRYPT_E_BAD_CREDENTIALS;
}

static int
set_failure(check *c, const step *s, int code, evc_error *error, int64_t ms,
            evc_error **err)
{
    int rc = set_row(c, s, "failed", evc_error_message(error),
                     permission_of(c, s, code), ms, err);

    c->failed++;
    c->ended = ends_all(code);
    return rc ? rc : evc_table_set(c->table, "error", evc_error_name(code), err);
}

static int
take_step(check *c, const step *s, evc_error **err)
{
    const evc_clock *clock = &evc_crypto_env(c->kms->crypto)->clock;
    const char *skipped = why_skipped(c, s);
    int64_t began = evc_clock_monotonic_ms(clock);
    evc_error *error = NULL;
    evc_buf detail;
    int64_t ms;
    int rc;

    if (skipped)
        return set_row(c, s, "skipped", skipped, NULL, -1, err);
    evc_buf_init(&detail);
    rc = s->run(c, &detail, &error);
    ms = evc_clock_monotonic_ms(clock) - began;
    if (rc && is_final(c, rc)) {
        evc_err_add_cause(err, error);
    } else if (rc) {
        rc = s->may_fail ? set_row(c, s, "unknown", evc_error_message(error),
                                   permission_of(c, s, rc), ms, err)
                         : set_failure(c, s, rc, error, ms, err);
        evc_error_free(error);
    } else {
        evc_buf_put_u8(&detail, 0);
        rc = evc_buf_check(&detail, err);
        if (!rc)
            rc = set_row(c, s, "ok", (const char *)detail.data, NULL, ms, err);
    }
    evc_buf_reset(&detail);
    return rc;
}

int
evc_check(evc_kms *kms, evc_wait *wait, evc_table **out, size_t *failed,
          evc_error **err)
{
    static const char name[] = "envcrypt-check";
    check c = {.kms = kms, .wait = wait};
    int rc = evc_table_new(columns, &c.table, err);

    *out = NULL;
    *failed = 0;
    evc_edk_out_init(&c.wrapped);
    evc_kv_init(&c.context);
    evc_kv_init(&c.other);
    if (!rc)
        rc = evc_kv_add(&c.context, evc_view_text(name), evc_view_text("right"), err);
    if (!rc)
        rc = evc_kv_add(&c.other, evc_view_text(name), evc_view_text("wrong"), err);
    for (size_t i = 0; !rc && i < sizeof(steps) / sizeof(steps[0]); i++)
        rc = take_step(&c, &steps[i], err);
    evc_secret_free(&c.key);
    evc_edk_out_reset(&c.wrapped);
    evc_kv_reset(&c.context);
    evc_kv_reset(&c.other);
    if (rc) {
        evc_table_free(c.table);
        return rc;
    }
    *out = c.table;
    *failed = c.failed;
    return 0;
}
