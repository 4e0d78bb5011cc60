/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/record.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "cluster/summed.h"
#include "codec/json.h"
#include "codec/jwrite.h"

#define FORMAT "envcrypt-cluster-1"
#define LONGEST ((size_t)2 * EVC_UPDATE_TEXT) /* of a text */

/* By verb; unlike the command's, each its own. */
static const char *const verbs[] = {
    [EVC_VERB_CREATE] = "create",         [EVC_VERB_ENABLE] = "enable",
    [EVC_VERB_CHANGE_KEY] = "change-key", [EVC_VERB_ROTATE] = "rotate",
    [EVC_VERB_DISABLE] = "disable",       [EVC_VERB_REENCRYPT] = "reencrypt",
    [EVC_VERB_VERIFY] = "verify",
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

void
evc_cluster_record_init(evc_cluster_record *record)
{
    *record = (evc_cluster_record){.began_ms = -1, .changed_ms = -1};
    evc_cluster_update_init(&record->update);
}

/* --- writing ---------------------------------------------------------------------- */

typedef struct text_member {
    const char *name;
    const char *text;
} text_member;

/* Providers' words may be cut in the midst of a character. */
static void
put_texts(evc_jwrite *w, const text_member *members, size_t count)
{
    char copy[LONGEST];

    for (size_t i = 0; i < count; i++) {
        (void)snprintf(copy, sizeof(copy), "%s", members[i].text);
        evc_utf8_clean(copy);
        evc_jwrite_member_text(w, members[i].name, copy);
    }
}

static void
put_update(evc_jwrite *w, const evc_cluster_update *update)
{
    const text_member texts[] = {
        {"phase", evc_cluster_update_phase_name(update->phase)},
        {"token", update->token},
        {"id", update->id},
        {"key", update->key},
        {"mark", update->mark},
        {"detail", update->detail},
        {"request_id", update->request_id},
    };

    evc_jwrite_name(w, "update");
    evc_jwrite_object(w);
    put_texts(w, texts, sizeof(texts) / sizeof(texts[0]));
    evc_jwrite_member_integer(w, "sent_ms", update->sent_ms);
    evc_jwrite_member_integer(w, "done_ms", update->done_ms);
    evc_jwrite_member_bool(w, "adopted", update->adopted);
    evc_jwrite_member_bool(w, "needless", update->needless);
    evc_jwrite_end(w);
}

static void
put_record(evc_jwrite *w, const evc_cluster_record *record)
{
    const text_member head[] = {
        {"format", FORMAT},
        {"cluster", record->cluster},
        {"verb", verbs[record->verb]},
    };

    evc_jwrite_object(w);
    put_texts(w, head, sizeof(head) / sizeof(head[0]));
    evc_jwrite_member_integer(w, "began_ms", record->began_ms);
    evc_jwrite_member_integer(w, "changed_ms", record->changed_ms);
    evc_jwrite_member_bool(w, "secrets_done", record->secrets_done);
    evc_jwrite_member_bool(w, "ended", record->ended);
    put_update(w, &record->update);
    evc_jwrite_end(w);
}

int
evc_cluster_record_write(evc_crypto *crypto, const evc_cluster_record *record,
                         evc_buf *out, evc_error **err)
{
    evc_jwrite w;
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_jwrite_begin(&w, &text, true);
    put_record(&w, record);
    rc = evc_jwrite_finish(&w, err);
    if (rc == 0)
        rc = evc_summed_put(crypto, evc_buf_view(&text), out, err);
    evc_buf_reset(&text);
    return rc;
}

/* --- reading ---------------------------------------------------------------------- */

static int
refuse(const char *why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_CLUSTER_STATE, "%s", why);
}

/* A text that must be there and fit. */
static int
take_text(const evc_json *of, const char *name, char *out, size_t room, evc_error **err)
{
    const char *text;
    int rc = evc_json_text(of, name, &text, err);

    if (rc)
        return rc;
    if (strlen(text) >= room)
        return refuse("one of its texts is too long", err);
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

static int
take_time(const evc_json *of, const char *name, int64_t *out, evc_error **err)
{
    return evc_json_integer(of, name, -1, INT64_MAX, out, err);
}

static int
take_phase(const evc_json *of, evc_update_phase *out, evc_error **err)
{
    const char *name;
    int rc = evc_json_text(of, "phase", &name, err);

    if (rc == 0 && !evc_cluster_update_phase_of(name, out))
        rc = refuse("its change is in no phase that there is", err);
    return rc;
}

static int
take_update(const evc_json *of, evc_cluster_update *out, evc_error **err)
{
    int rc = take_phase(of, &out->phase, err);

    if (rc == 0)
        rc = take_text(of, "token", out->token, sizeof(out->token), err);
    if (rc == 0)
        rc = take_text(of, "id", out->id, sizeof(out->id), err);
    if (rc == 0)
        rc = take_text(of, "key", out->key, sizeof(out->key), err);
    if (rc == 0)
        rc = take_text(of, "mark", out->mark, sizeof(out->mark), err);
    if (rc == 0)
        rc = take_text(of, "detail", out->detail, sizeof(out->detail), err);
    if (rc == 0)
        rc = take_text(of, "request_id", out->request_id, sizeof(out->request_id), err);
    if (rc == 0)
        rc = take_time(of, "sent_ms", &out->sent_ms, err);
    if (rc == 0)
        rc = take_time(of, "done_ms", &out->done_ms, err);
    if (rc == 0)
        rc = evc_json_bool_opt(of, "adopted", &out->adopted, err);
    return rc == 0 ? evc_json_bool_opt(of, "needless", &out->needless, err) : rc;
}

static int
take_verb(const evc_json *of, evc_cluster_verb *out, evc_error **err)
{
    const char *name;
    int rc = evc_json_text(of, "verb", &name, err);

    for (size_t i = 0; rc == 0 && i < VERBS; i++) {
        if (strcmp(verbs[i], name) == 0) {
            *out = (evc_cluster_verb)i;
            return 0;
        }
    }
    return rc ? rc : refuse("its verb is none that there is", err);
}

static int
take_format(const evc_json *root, evc_error **err)
{
    const char *format;
    int rc = evc_json_text(root, "format", &format, err);

    if (rc == 0 && strcmp(format, FORMAT) != 0)
        rc = refuse("it is of another version of the library", err);
    return rc;
}

static int
take_record(const evc_json *root, evc_cluster_record *out, evc_error **err)
{
    const evc_json *update;
    int rc = take_format(root, err);

    if (rc == 0)
        rc = take_text(root, "cluster", out->cluster, sizeof(out->cluster), err);
    if (rc == 0)
        rc = take_verb(root, &out->verb, err);
    if (rc == 0)
        rc = take_time(root, "began_ms", &out->began_ms, err);
    if (rc == 0)
        rc = take_time(root, "changed_ms", &out->changed_ms, err);
    if (rc == 0)
        rc = evc_json_bool_opt(root, "secrets_done", &out->secrets_done, err);
    if (rc == 0)
        rc = evc_json_bool_opt(root, "ended", &out->ended, err);
    if (rc == 0)
        rc = evc_json_object(root, "update", &update, err);
    return rc == 0 ? take_update(update, &out->update, err) : rc;
}

int
evc_cluster_record_read(evc_crypto *crypto, evc_view text, evc_cluster_record *out,
                        evc_error **err)
{
    evc_json_doc *doc = NULL;
    int rc = evc_summed_check(crypto, text, err);

    evc_cluster_record_init(out);
    if (rc == 0)
        rc = evc_json_parse(text, "state of a change", &doc, err);
    if (rc == 0)
        rc = take_record(evc_json_root(doc), out, err);
    if (rc == ENVCRYPT_E_JSON)
        rc = evc_err_wrap(err, ENVCRYPT_E_CLUSTER_STATE, "it is not as it is written");
    if (rc)
        evc_cluster_record_init(out);
    evc_json_free(doc);
    return rc;
}
