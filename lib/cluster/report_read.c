/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/report_read.h"

#include <string.h>

#include "cluster/standing.h"
#include "k8s/report_read.h"

/* A list of objects, as a table; *out stays NULL where there is none. */
static int
read_table(const evc_json *of, const char *name,
           int (*make)(evc_table **out, evc_error **err), evc_table **out,
           evc_error **err)
{
    const evc_json *rows;
    int rc = evc_report_list(of, name, &rows, err);

    if (rc || !rows)
        return rc;
    rc = make(out, err);
    return rc ? rc : evc_report_rows(rows, *out, err);
}

/* --- the cluster ------------------------------------------------------------------ */

static int
make_issues(evc_table **out, evc_error **err)
{
    evc_cluster_state state;
    int rc;

    evc_cluster_state_init(&state);
    rc = evc_cluster_state_issue(&state, NULL, NULL, NULL, false, err);
    *out = state.issues;
    if (*out)
        evc_table_clear(*out);
    return rc;
}

static const char *
standing_name(int32_t standing)
{
    return evc_standing_name(standing);
}

static int
read_texts(const evc_json *of, evc_cluster_state *state, evc_error **err)
{
    int rc = 0;

    for (int i = 0; rc == 0 && i < EVC_CLUSTER_TEXTS; i++) {
        const char *text = NULL;

        rc = evc_json_text_opt(of, evc_cluster_text_name((evc_cluster_text)i), &text,
                               err);
        if (rc == 0)
            rc = evc_cluster_state_set(state, (evc_cluster_text)i, text, err);
    }
    return rc;
}

static int
read_state(const evc_json *root, evc_cluster_state *state, evc_error **err)
{
    int32_t phase = EVC_CLUSTER_STEADY;
    const evc_json *of = NULL;
    int rc = evc_json_object(root, "cluster", &of, err);

    if (rc == 0)
        rc = read_texts(of, state, err);
    if (rc == 0)
        rc = evc_report_word(of, "state", evc_cluster_report_state_name,
                             EVC_CLUSTER_BROKEN, &phase, err);
    state->phase = (evc_cluster_phase)phase;
    if (rc == 0)
        rc = evc_report_word(of, "encryption", evc_standing_encryption,
                             ENVCRYPT_CLUSTER_ENCRYPTION_OWN, &state->encryption, err);
    if (rc == 0)
        rc = evc_report_word(of, "key-state", evc_standing_key_state,
                             ENVCRYPT_KEY_CREATING, &state->key_state, err);
    if (rc == 0)
        rc = evc_json_bool_opt(of, "unsupported", &state->unsupported, err);
    return rc ? rc : read_table(of, "issues", make_issues, &state->issues, err);
}

/* --- key and change --------------------------------------------------------------- */

static int
read_key(const evc_json *root, evc_cluster_key *key, evc_error **err)
{
    const struct {
        const char *name;
        char **field;
    } fields[] = {{"id", &key->id},
                  {"aliases", &key->aliases},
                  {"region", &key->region},
                  {"account", &key->account},
                  {"version", &key->version}};
    const evc_json *of = NULL;

    if (evc_json_object(root, "wanted", &of, NULL) != 0)
        return 0; /* none was wanted */
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char *text = NULL;
        int rc = evc_json_text_opt(of, fields[i].name, &text, err);

        if (rc == 0 && text)
            rc = evc_cluster_key_set(fields[i].field, text, err);
        if (rc)
            return rc;
    }
    return evc_report_word(of, "state", evc_standing_key_state, ENVCRYPT_KEY_CREATING,
                           &key->state, err);
}

static int
read_update(const evc_json *root, evc_cluster_update *update, evc_error **err)
{
    const struct {
        const char *name;
        char *out;
        size_t room;
    } texts[] = {{"id", update->id, sizeof(update->id)},
                 {"token", update->token, sizeof(update->token)},
                 {"key", update->key, sizeof(update->key)},
                 {"detail", update->detail, sizeof(update->detail)},
                 {"request_id", update->request_id, sizeof(update->request_id)}};
    const evc_json *of = NULL;
    const char *phase = NULL;
    int rc = evc_json_object(root, "update", &of, err);

    if (rc == 0)
        rc = evc_json_text_opt(of, "phase", &phase, err);
    if (rc == 0 && phase)
        (void)evc_cluster_update_phase_of(phase, &update->phase);
    for (size_t i = 0; rc == 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
        rc = evc_report_sentence(of, texts[i].name, texts[i].out, texts[i].room, err);
    if (rc == 0)
        rc = evc_report_time(of, "sent", &update->sent_ms, err);
    if (rc == 0)
        rc = evc_report_time(of, "done", &update->done_ms, err);
    if (rc == 0)
        rc = evc_json_bool_opt(of, "adopted", &update->adopted, err);
    return rc ? rc : evc_json_bool_opt(of, "needless", &update->needless, err);
}

/* --- the whole -------------------------------------------------------------------- */

/* "rotate" is the word for both ways to do it. */
static const char *
verb_name(int32_t verb)
{
    return verb == EVC_VERB_CHANGE_KEY ? NULL
                                       : evc_cluster_verb_name((evc_cluster_verb)verb);
}

static int
make_checks(evc_table **out, evc_error **err)
{
    evc_checks checks;
    int rc = evc_checks_init(&checks, err);

    *out = checks.rows;
    return rc;
}

static int
make_evidence(evc_table **out, evc_error **err)
{
    evc_evidence evidence;
    int rc = evc_evidence_init(&evidence, err);

    *out = evidence.rows;
    return rc;
}

static int
read_words(const evc_json *root, evc_cluster_report *out, evc_error **err)
{
    int32_t verb = EVC_VERB_VERIFY;
    int rc = evc_report_word(root, "verb", verb_name, EVC_VERB_VERIFY, &verb, err);

    out->verb = (evc_cluster_verb)verb;
    if (rc == 0)
        rc = evc_report_word(root, "phase", evc_cluster_report_phase_name,
                             ENVCRYPT_CLUSTER_PHASE_ENDED, &out->phase, err);
    if (rc == 0)
        rc = evc_report_word(root, "standing", standing_name,
                             ENVCRYPT_CLUSTER_UNSUPPORTED, &out->standing, err);
    if (rc == 0)
        rc = evc_report_word(root, "outcome", evc_reencrypt_outcome_name,
                             ENVCRYPT_OUTCOME_CONTRADICTED, &out->outcome, err);
    if (rc == 0)
        rc = evc_report_time(root, "began", &out->began_ms, err);
    return rc ? rc : evc_report_time(root, "ended", &out->ended_ms, err);
}

static int
read_sentences(const evc_json *root, evc_cluster_report *out, evc_error **err)
{
    const struct {
        const char *name;
        char *out;
        size_t room;
    } texts[] = {
        {"version", out->tool_version, sizeof(out->tool_version)},
        {"next", out->next, sizeof(out->next)},
        {"outcome_reason", out->outcome_reason, sizeof(out->outcome_reason)},
        {"state_file", out->state_file, sizeof(out->state_file)},
    };
    const evc_json *notes = NULL;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
        rc = evc_report_sentence(root, texts[i].name, texts[i].out, texts[i].room, err);
    if (rc == 0)
        rc = evc_report_list(root, "notes", &notes, err);
    for (size_t i = 0; rc == 0 && i < evc_json_count(notes); i++) {
        const char *note = evc_json_as_text(evc_json_at(notes, i));

        if (note)
            evc_cluster_report_note(out, "%s", note);
    }
    return rc;
}

static int
read_tables(const evc_json *root, evc_cluster_report *out, evc_error **err)
{
    const evc_json *phases = NULL;
    const evc_json *secrets = NULL;
    int rc = evc_report_list(root, "phases", &phases, err);

    if (rc == 0)
        rc = evc_report_rows(phases, out->phases, err);
    if (rc == 0)
        rc = read_table(root, "checks", make_checks, &out->checks, err);
    if (rc == 0)
        rc = read_table(root, "steps", evc_steps_new, &out->steps, err);
    if (rc == 0)
        rc = read_table(root, "evidence", make_evidence, &out->evidence, err);
    if (rc == 0 && evc_json_object(root, "secrets", &secrets, NULL) == 0)
        rc = evc_reencrypt_report_read(secrets, &out->secrets, err);
    return rc;
}

static int
read_report(const evc_json *root, evc_cluster_report **out, evc_error **err)
{
    const char *provider = NULL;
    const char *uri = NULL;
    int rc = evc_json_text(root, "provider", &provider, err);

    if (rc == 0)
        rc = evc_json_text(root, "uri", &uri, err);
    if (rc == 0)
        rc = evc_cluster_report_make(provider, uri, out, err);
    if (rc == 0)
        rc = read_words(root, *out, err);
    if (rc == 0)
        rc = read_sentences(root, *out, err);
    if (rc == 0)
        rc = read_state(root, &(*out)->state, err);
    if (rc == 0)
        rc = read_key(root, &(*out)->key, err);
    if (rc == 0)
        rc = read_update(root, &(*out)->update, err);
    return rc ? rc : read_tables(root, *out, err);
}

int
evc_cluster_report_read(evc_view text, evc_cluster_report **out, evc_error **err)
{
    evc_json_doc *doc = NULL;
    int rc = evc_json_parse(text, "the report of a cluster", &doc, err);

    *out = NULL;
    if (rc == 0)
        rc = read_report(evc_json_root(doc), out, err);
    if (rc == ENVCRYPT_E_JSON)
        rc = evc_err_wrap(err, rc, "this is no report of a cluster: %s",
                          err && *err ? evc_error_message(*err) : "");
    evc_json_free(doc);
    if (rc) {
        evc_cluster_report_free(*out);
        *out = NULL;
    }
    return rc;
}
