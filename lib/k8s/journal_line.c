/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/journal_line.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "codec/json.h"
#include "codec/jwrite.h"
#include "crypto/digest.h"
#include "envcrypt/k8s.h"
#include "k8s/object_key.h"
#include "k8s/reencrypt_options.h"

#define COUNT_MAX INT64_C(9007199254740991) /* 2^53 - 1: exact in any JSON */

/* Behind the members of a line. */
#define SUM_BEFORE ",\"sum\":\""
#define SUM_AFTER "\"}"
#define SUM_SIZE \
    (sizeof(SUM_BEFORE) - 1 + (size_t)2 * EVC_JOURNAL_SUM + sizeof(SUM_AFTER) - 1)

static const char *const kind_names[] = {"journal", "shown", "ended", "began",
                                         "done",    "page",  "read"};

/* --- writing --- */

static void
write_run(evc_jwrite *w, const evc_kube_run *run)
{
    evc_jwrite_member_text(w, "id", run->id);
    evc_jwrite_member_text(w, "mode", evc_reencrypt_mode_name(run->mode));
    evc_jwrite_member_text(w, "baseline", run->baseline);
    evc_jwrite_member_text(w, "mark", run->mark);
    evc_jwrite_member_integer(w, "began_ms", run->began_ms);
    evc_jwrite_member_integer(w, "ended_ms", run->ended_ms);
    evc_jwrite_member_integer(w, "since_ms", run->since_ms);
    evc_jwrite_member_integer(w, "pass", run->pass);
    evc_jwrite_member_bool(w, "shown", run->shown);
    evc_jwrite_member_bool(w, "inverted", run->inverted);
    evc_jwrite_member_bool(w, "sure", run->sure);
    if (run->left_ms >= 0)
        evc_jwrite_member_integer(w, "left_ms", run->left_ms);
    for (int how = 0; how < EVC_SETTLED_COUNT; how++)
        evc_jwrite_member_integer(w, evc_settled_name((evc_settled)how),
                                  (int64_t)run->counts[how]);
    evc_jwrite_member_text(w, "left", run->left);
    evc_jwrite_member_text(w, "rewrote", run->rewrote);
}

static void
write_digests(evc_jwrite *w, const char *name,
              const uint8_t (*digests)[EVC_READING_DIGEST], size_t count)
{
    evc_jwrite_name(w, name);
    evc_jwrite_array(w);
    for (size_t i = 0; i < count; i++)
        evc_jwrite_hex(w, evc_view_of(digests[i], EVC_READING_DIGEST));
    evc_jwrite_end(w);
}

static void
write_reading(evc_jwrite *w, const evc_kube_reading *reading)
{
    evc_jwrite_member_integer(w, "read_ms", reading->read_ms);
    evc_jwrite_member_integer(w, "next_ms", reading->next_ms);
    evc_jwrite_member_bool(w, "complete", reading->complete);
    write_digests(w, "kinds", reading->kinds, reading->kind_count);
    write_digests(w, "deks", reading->deks, reading->dek_count);
}

static void
write_members(evc_jwrite *w, const evc_journal_line *line)
{
    switch (line->kind) {
    case EVC_JOURNAL_HEAD:
        evc_jwrite_member_integer(w, "version", line->version);
        evc_jwrite_member_text(w, "cluster", line->id.cluster_id);
        evc_jwrite_member_text(w, "resource", line->id.resource);
        evc_jwrite_member_text(w, "selection", line->id.selection);
        return;
    case EVC_JOURNAL_DONE:
        evc_jwrite_member_text(w, "namespace", line->object.ns);
        evc_jwrite_member_text(w, "name", line->object.name);
        evc_jwrite_member_text(w, "version", line->object.version);
        evc_jwrite_member_text(w, "how", evc_settled_name(line->how));
        evc_jwrite_member_integer(w, "page", (int64_t)line->page);
        return;
    case EVC_JOURNAL_PAGE:
        evc_jwrite_member_integer(w, "page", (int64_t)line->page);
        evc_jwrite_member_text(w, "namespace", line->ns);
        evc_jwrite_name(w, "token");
        evc_jwrite_view(w, line->token);
        if (line->reached.size > 0) {
            evc_jwrite_name(w, "reached");
            evc_jwrite_view(w, line->reached);
        }
        break;
    case EVC_JOURNAL_READ:
        write_reading(w, line->reading);
        return;
    default:
        break;
    }
    write_run(w, &line->run);
}

static int
sum_of(evc_crypto *crypto, const uint8_t chain[EVC_JOURNAL_SUM], evc_view line,
       uint8_t made[EVC_JOURNAL_SUM], evc_error **err)
{
    const evc_view parts[] = {evc_view_of(chain, EVC_JOURNAL_SUM), line};
    uint8_t digest[32];
    int rc = evc_digest(crypto, EVC_SHA256, parts, 2, digest, err);

    if (rc == 0)
        memcpy(made, digest, EVC_JOURNAL_SUM);
    return rc;
}

static void
put_sum(const uint8_t sum[EVC_JOURNAL_SUM], evc_buf *out)
{
    evc_buf_put_text(out, SUM_BEFORE);
    evc_encode_hex(out, evc_view_of(sum, EVC_JOURNAL_SUM));
    evc_buf_put_text(out, SUM_AFTER);
}

int
evc_journal_line_write(evc_crypto *crypto, const evc_journal_line *line,
                       uint8_t sum[EVC_JOURNAL_SUM], evc_buf *out, evc_error **err)
{
    uint8_t next[EVC_JOURNAL_SUM];
    size_t start = out->size;
    evc_jwrite w;
    int rc;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, kind_names[line->kind]);
    evc_jwrite_object(&w);
    write_members(&w, line);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    rc = evc_jwrite_finish(&w, err);
    if (rc)
        return rc;
    evc_buf_truncate(out, out->size - 1); /* the brace, which follows the sum */
    rc = sum_of(crypto, sum, evc_view_of(&out->data[start], out->size - start), next,
                err);
    if (rc)
        return rc;
    put_sum(next, out);
    evc_buf_put_u8(out, '\n');
    rc = evc_buf_check(out, err);
    if (rc == 0)
        memcpy(sum, next, sizeof(next));
    return rc;
}

/* --- reading --- */

static int
damaged(evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_JOURNAL, "a line of it is none that a run writes");
}

/* A text into room of size bytes. */
static int
take_text(const evc_json *of, const char *name, char *out, size_t size, evc_error **err)
{
    const char *text;
    size_t length;
    int rc = evc_json_text(of, name, &text, err);

    if (rc)
        return rc;
    length = strlen(text);
    if (length >= size)
        return damaged(err);
    memcpy(out, text, length + 1);
    return 0;
}

static int
take_counts(const evc_json *of, evc_kube_run *run, evc_error **err)
{
    int64_t number = 0;
    int rc = 0;

    for (int how = 0; rc == 0 && how < EVC_SETTLED_COUNT; how++) {
        rc = evc_json_integer(of, evc_settled_name((evc_settled)how), 0, COUNT_MAX,
                              &number, err);
        run->counts[how] = (uint64_t)number;
    }
    return rc;
}

static int
take_times(const evc_json *of, evc_kube_run *run, evc_error **err)
{
    int rc = evc_json_integer(of, "began_ms", -1, COUNT_MAX, &run->began_ms, err);

    if (rc == 0)
        rc = evc_json_integer(of, "ended_ms", -1, COUNT_MAX, &run->ended_ms, err);
    if (rc == 0)
        rc = evc_json_integer(of, "since_ms", -1, COUNT_MAX, &run->since_ms, err);
    if (rc == 0)
        rc = evc_json_integer_opt(of, "left_ms", 0, COUNT_MAX, &run->left_ms, err);
    return rc;
}

static int
take_run(const evc_json *of, evc_kube_run *run, evc_error **err)
{
    const char *mode;
    int64_t pass = 0;
    int rc = evc_json_text(of, "mode", &mode, err);

    if (rc)
        return rc;
    run->mode = evc_reencrypt_mode_of(mode);
    if (run->mode == 0)
        return damaged(err);
    rc = take_text(of, "id", run->id, sizeof(run->id), err);
    if (rc == 0)
        rc = take_text(of, "baseline", run->baseline, sizeof(run->baseline), err);
    if (rc == 0)
        rc = take_text(of, "mark", run->mark, sizeof(run->mark), err);
    if (rc == 0)
        rc = take_times(of, run, err);
    if (rc == 0)
        rc = evc_json_integer(of, "pass", 1, UINT32_MAX, &pass, err);
    run->pass = (uint32_t)pass;
    if (rc == 0)
        rc = evc_json_bool_opt(of, "shown", &run->shown, err);
    if (rc == 0)
        rc = evc_json_bool_opt(of, "inverted", &run->inverted, err);
    if (rc == 0)
        rc = evc_json_bool_opt(of, "sure", &run->sure, err);
    if (rc == 0)
        rc = take_counts(of, run, err);
    if (rc == 0)
        rc = take_text(of, "left", run->left, sizeof(run->left), err);
    if (rc == 0)
        rc = take_text(of, "rewrote", run->rewrote, sizeof(run->rewrote), err);
    return rc;
}

static int
take_page_number(const evc_json *of, evc_journal_line *line, evc_error **err)
{
    int64_t number = 0;
    int rc = evc_json_integer(of, "page", 0, COUNT_MAX, &number, err);

    line->page = (uint64_t)number;
    return rc;
}

static int
take_done(const evc_json *of, evc_journal_line *line, evc_error **err)
{
    const char *how;
    evc_kube_object *o = &line->object;
    int rc = take_text(of, "namespace", o->ns, sizeof(o->ns), err);

    if (rc == 0)
        rc = take_text(of, "name", o->name, sizeof(o->name), err);
    if (rc == 0)
        rc = take_text(of, "version", o->version, sizeof(o->version), err);
    if (rc == 0)
        rc = evc_json_text(of, "how", &how, err);
    if (rc == 0 && !evc_settled_of(how, &line->how))
        rc = damaged(err);
    if (rc == 0)
        rc = take_page_number(of, line, err);
    return rc;
}

/* The texts of id stand one behind the other in line->text, each with its NUL. */
static int
take_head(const evc_json *of, evc_journal_line *line, evc_error **err)
{
    static const char *const members[] = {"cluster", "resource", "selection"};
    const char **places[] = {&line->id.cluster_id, &line->id.resource,
                             &line->id.selection};
    size_t at[3];
    int rc = evc_json_integer(of, "version", EVC_JOURNAL_VERSION, COUNT_MAX,
                              &line->version, err);

    if (rc == 0 && line->version > EVC_JOURNAL_VERSION_READ)
        return evc_err(err, ENVCRYPT_E_JOURNAL,
                       "it was written by a later version of this program");
    for (size_t i = 0; rc == 0 && i < 3; i++) {
        const char *text;

        rc = evc_json_text(of, members[i], &text, err);
        at[i] = line->text.size;
        if (rc == 0)
            evc_buf_put(&line->text, text, strlen(text) + 1);
    }
    if (rc == 0)
        rc = evc_buf_check(&line->text, err);
    for (size_t i = 0; rc == 0 && i < 3; i++)
        *places[i] = (const char *)&line->text.data[at[i]];
    return rc;
}

static int
take_page(const evc_json *of, evc_journal_line *line, evc_error **err)
{
    const char *token;
    const char *reached = "";
    evc_cursor c;
    int rc = take_page_number(of, line, err);

    if (rc == 0)
        rc = take_text(of, "namespace", line->ns, sizeof(line->ns), err);
    if (rc == 0)
        rc = evc_json_text(of, "token", &token, err);
    if (rc == 0)
        rc = evc_json_text_opt(of, "reached", &reached, err);
    if (rc == 0 &&
        (strlen(token) > EVC_KUBE_CONTINUE_MAX || strlen(reached) > EVC_OBJECT_KEY_MAX))
        rc = damaged(err);
    if (rc == 0) {
        evc_buf_put_text(&line->text, token);
        evc_buf_put_text(&line->text, reached);
        rc = evc_buf_check(&line->text, err);
    }
    if (rc)
        return rc;
    c = evc_cursor_of_view(evc_buf_view(&line->text));
    line->token = evc_cursor_bytes(&c, strlen(token));
    line->reached = evc_cursor_bytes(&c, strlen(reached));
    return take_run(of, &line->run, err);
}

static int
take_digests(const evc_json *of, const char *name,
             uint8_t (*digests)[EVC_READING_DIGEST], size_t most, size_t *count,
             evc_error **err)
{
    const evc_json *array;
    int rc = evc_json_array(of, name, &array, err);

    if (rc)
        return rc;
    *count = evc_json_count(array);
    if (*count > most)
        return damaged(err);
    for (size_t i = 0; i < *count; i++) {
        const char *text = evc_json_as_text(evc_json_at(array, i));

        if (!text ||
            evc_decode_hex(evc_view_text(text), digests[i], EVC_READING_DIGEST, NULL))
            return damaged(err);
    }
    return 0;
}

static int
take_reading(const evc_json *of, evc_journal_line *line, evc_error **err)
{
    evc_kube_reading *r = evc_mem_new(sizeof(*r));
    int rc;

    if (!r)
        return evc_err_nomem(err);
    line->reading = r;
    rc = evc_json_integer(of, "read_ms", 0, COUNT_MAX, &r->read_ms, err);
    if (rc == 0)
        rc = evc_json_integer(of, "next_ms", -1, COUNT_MAX, &r->next_ms, err);
    if (rc == 0)
        rc = evc_json_bool_opt(of, "complete", &r->complete, err);
    if (rc == 0)
        rc =
            take_digests(of, "kinds", r->kinds, EVC_READING_KINDS, &r->kind_count, err);
    if (rc == 0)
        rc = take_digests(of, "deks", r->deks, EVC_READING_DEKS, &r->dek_count, err);
    return rc;
}

static int
take_line(const evc_json *root, evc_journal_line *line, evc_error **err)
{
    const char *name = evc_json_next_name(root, NULL);
    const evc_json *of;
    int kind = 0;
    int rc;

    while (name && kind <= EVC_JOURNAL_READ && strcmp(kind_names[kind], name) != 0)
        kind++;
    if (!name || kind > EVC_JOURNAL_READ)
        return damaged(err);
    line->kind = (evc_journal_kind)kind;
    rc = evc_json_object(root, name, &of, err);
    if (rc)
        return rc;
    switch (line->kind) {
    case EVC_JOURNAL_HEAD:
        return take_head(of, line, err);
    case EVC_JOURNAL_DONE:
        return take_done(of, line, err);
    case EVC_JOURNAL_PAGE:
        return take_page(of, line, err);
    case EVC_JOURNAL_READ:
        return take_reading(of, line, err);
    default:
        return take_run(of, &line->run, err);
    }
}

/* Whether the line ends in the checksum of what stands before, to the letter. */
static int
check_sum(evc_crypto *crypto, evc_view bytes, const uint8_t chain[EVC_JOURNAL_SUM],
          uint8_t made[EVC_JOURNAL_SUM], evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(bytes);
    uint8_t memory[SUM_SIZE];
    evc_buf wanted;
    int rc;

    if (bytes.size < SUM_SIZE)
        return damaged(err);
    rc = sum_of(crypto, chain, evc_cursor_bytes(&c, bytes.size - SUM_SIZE), made, err);
    if (rc)
        return rc;
    evc_buf_init_fixed(&wanted, memory, sizeof(memory));
    put_sum(made, &wanted);
    if (!evc_view_equal(evc_cursor_bytes(&c, SUM_SIZE), evc_buf_view(&wanted)))
        return evc_err(err, ENVCRYPT_E_JOURNAL, "the checksum of a line does not hold");
    return 0;
}

int
evc_journal_line_read(evc_crypto *crypto, evc_view bytes, uint8_t sum[EVC_JOURNAL_SUM],
                      evc_journal_line *line, evc_error **err)
{
    uint8_t next[EVC_JOURNAL_SUM];
    evc_json_doc *doc = NULL;
    int rc;

    *line = (evc_journal_line){.kind = EVC_JOURNAL_HEAD};
    evc_buf_init(&line->text);
    evc_kube_run_init(&line->run);
    rc = check_sum(crypto, bytes, sum, next, err);
    if (rc == 0)
        rc = evc_json_parse(bytes, "a line of the journal", &doc, err);
    if (rc == 0)
        rc = take_line(evc_json_root(doc), line, err);
    evc_json_free(doc);
    if (rc == ENVCRYPT_E_JSON)
        rc = damaged(err);
    if (rc)
        evc_journal_line_reset(line);
    else
        memcpy(sum, next, sizeof(next));
    return rc;
}

void
evc_journal_line_reset(evc_journal_line *line)
{
    evc_buf_reset(&line->text);
    line->token = evc_buf_view(&line->text);
    line->reached = line->token;
    evc_mem_free(line->reading);
    line->reading = NULL;
}
