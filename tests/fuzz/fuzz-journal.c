/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journals of re-encryptions. A file of any bytes opens or is refused by name, and the same way
 * each time. The same lines with right checksums, which no chance gives, get to what reads
 * them; and what a run then writes behind them is what the next one finds.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/encode.h"
#include "base/env.h"
#include "crypto/digest.h"
#include "fuzz.h"
#include "k8s/journal.h"

#define SUM_BEFORE ",\"sum\":\""
#define SUM_SIZE (sizeof(SUM_BEFORE) - 1 + (size_t)2 * EVC_JOURNAL_SUM + 2)

static char folder[] = "/tmp/fuzz-journal-XXXXXX";
static char path[sizeof(folder) + sizeof("/journal")];
static char lock[sizeof(path) + sizeof(".lock")];

static void
clean_up(void)
{
    (void)unlink(lock);
    (void)unlink(path);
    (void)rmdir(folder);
}

/* Never freed; the folder goes with the program. */
static evc_crypto *
set_up(void)
{
    static evc_crypto *crypto;
    evc_env *env = NULL;

    if (crypto)
        return crypto;
    FUZZ_DEMAND(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL) == 0);
    FUZZ_DEMAND(evc_crypto_open(env, &crypto, NULL) == 0);
    FUZZ_DEMAND(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof(path), "%s/journal", folder);
    (void)snprintf(lock, sizeof(lock), "%s.lock", path);
    FUZZ_DEMAND(atexit(clean_up) == 0);
    return crypto;
}

static void
put_file(evc_view text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    FUZZ_DEMAND(fd >= 0);
    FUZZ_DEMAND(text.size == 0 ||
                write(fd, text.data, text.size) == (ssize_t)text.size);
    FUZZ_DEMAND(close(fd) == 0);
}

/* --- checksums -------------------------------------------------------------------- */

/* What a line says before its checksum, or before its last brace when it has none. */
static evc_view
said_of(evc_view line)
{
    if (line.size >= SUM_SIZE && memcmp(&line.data[line.size - SUM_SIZE], SUM_BEFORE,
                                        sizeof(SUM_BEFORE) - 1) == 0)
        return evc_view_of(line.data, line.size - SUM_SIZE);
    return evc_view_of(line.data, line.size ? line.size - 1 : 0);
}

static void
put_line(evc_crypto *crypto, evc_view line, uint8_t sum[EVC_JOURNAL_SUM], evc_buf *out)
{
    const evc_view said = said_of(line);
    const evc_view parts[] = {evc_view_of(sum, EVC_JOURNAL_SUM), said};
    uint8_t digest[32];

    FUZZ_DEMAND(evc_digest(crypto, EVC_SHA256, parts, 2, digest, NULL) == 0);
    memcpy(sum, digest, EVC_JOURNAL_SUM);
    evc_buf_put_view(out, said);
    evc_buf_put_text(out, SUM_BEFORE);
    evc_encode_hex(out, evc_view_of(sum, EVC_JOURNAL_SUM));
    evc_buf_put_text(out, "\"}\n");
}

/* Every line with the checksum that it would have, and a torn tail as it is. */
static void
put_right(evc_crypto *crypto, evc_view text, evc_buf *out)
{
    uint8_t sum[EVC_JOURNAL_SUM] = {0};
    size_t at = 0;

    while (at < text.size) {
        const uint8_t *end = memchr(&text.data[at], '\n', text.size - at);
        size_t size = end ? (size_t)(end - &text.data[at]) : text.size - at;

        if (!end) {
            evc_buf_put(out, &text.data[at], size);
            return;
        }
        put_line(crypto, evc_view_of(&text.data[at], size), sum, out);
        at += size + 1;
    }
}

/* --- what is found ---------------------------------------------------------------- */

/* What a journal says when it is opened. */
typedef struct told {
    int rc;
    bool found;
    evc_kube_run run;
    uint64_t pages;
    char ns[EVC_KUBE_NAMESPACE_MAX + 1];
    evc_buf token;
    evc_kube_reading reading; /* the latest; zeros = none */
} told;

static void
tell_reading(const evc_kube_journal *j, told *t)
{
    const evc_kube_reading *latest = evc_kube_journal_read_before(j, INT64_MAX);

    if (!latest)
        return;
    FUZZ_DEMAND(latest->kind_count <= EVC_READING_KINDS);
    FUZZ_DEMAND(latest->dek_count <= EVC_READING_DEKS);
    t->reading = *latest;
}

static evc_kube_journal *
open_it(evc_crypto *crypto, const evc_kube_run_id *id, told *t)
{
    evc_kube_journal *j = NULL;
    evc_error *error = NULL;

    memset(t, 0, sizeof(*t));
    evc_buf_init(&t->token);
    t->rc = evc_kube_journal_open(crypto, path, id, &j, &t->run, &t->found, &error);
    FUZZ_DEMAND(t->rc == 0 || t->rc == ENVCRYPT_E_JOURNAL ||
                t->rc == ENVCRYPT_E_JOURNAL_OTHER);
    FUZZ_DEMAND((t->rc == 0) == (j != NULL) && (t->rc == 0) == (error == NULL));
    evc_error_free(error);
    if (!j)
        return NULL;
    t->pages = evc_kube_journal_pages(j);
    memcpy(t->ns, evc_kube_journal_ns(j), strlen(evc_kube_journal_ns(j)) + 1);
    evc_buf_put_view(&t->token, evc_kube_journal_token(j));
    FUZZ_DEMAND(!t->token.failed);
    tell_reading(j, t);
    return j;
}

static bool
same_run(const evc_kube_run *a, const evc_kube_run *b)
{
    return strcmp(a->id, b->id) == 0 && a->mode == b->mode &&
           strcmp(a->baseline, b->baseline) == 0 && strcmp(a->mark, b->mark) == 0 &&
           a->began_ms == b->began_ms && a->ended_ms == b->ended_ms &&
           a->since_ms == b->since_ms && a->pass == b->pass && a->shown == b->shown &&
           a->inverted == b->inverted &&
           memcmp(a->counts, b->counts, sizeof(a->counts)) == 0 &&
           strcmp(a->left, b->left) == 0 && strcmp(a->rewrote, b->rewrote) == 0;
}

static bool
same_reading(const evc_kube_reading *a, const evc_kube_reading *b)
{
    return a->read_ms == b->read_ms && a->next_ms == b->next_ms &&
           a->complete == b->complete && a->kind_count == b->kind_count &&
           a->dek_count == b->dek_count &&
           memcmp(a->kinds, b->kinds, a->kind_count * sizeof(a->kinds[0])) == 0 &&
           memcmp(a->deks, b->deks, a->dek_count * sizeof(a->deks[0])) == 0;
}

static bool
same(const told *a, const told *b)
{
    return a->rc == b->rc && a->found == b->found &&
           (!a->found || same_run(&a->run, &b->run)) && a->pages == b->pages &&
           strcmp(a->ns, b->ns) == 0 &&
           evc_view_equal(evc_buf_view(&a->token), evc_buf_view(&b->token)) &&
           same_reading(&a->reading, &b->reading);
}

/* Opened once more it says this. */
static void
check_again(evc_crypto *crypto, const evc_kube_run_id *id, const told *expected)
{
    told now;

    evc_kube_journal_close(open_it(crypto, id, &now));
    FUZZ_DEMAND(same(&now, expected));
    evc_buf_reset(&now.token);
}

/* --- what is written -------------------------------------------------------------- */

/* A run goes on behind a page, or begins, and the next one finds that. */
static void
go_on(evc_crypto *crypto, const evc_kube_run_id *id, evc_kube_journal *j, told *t)
{
    if (!t->found || t->run.ended_ms >= 0) {
        evc_kube_run_init(&t->run);
        t->run.mode = 1;
        FUZZ_DEMAND(evc_kube_journal_begin(j, &t->run, NULL) == 0);
        t->found = true;
    }
    tell_reading(j, t);
    t->pages = evc_kube_journal_pages(j) + 1;
    (void)snprintf(t->ns, sizeof(t->ns), "next");
    evc_buf_reset(&t->token);
    evc_buf_put_text(&t->token, "token");
    FUZZ_DEMAND(evc_kube_journal_page(j, t->pages, t->ns, evc_buf_view(&t->token),
                                      evc_view_text("next/name"), &t->run, NULL) == 0);
    evc_kube_journal_close(j);
    check_again(crypto, id, t);
}

/* The run ends, and a verification reads what is stored. */
static void
end_run(evc_crypto *crypto, const evc_kube_run_id *id, told *t)
{
    static const evc_kube_reading reading = {.complete = true, .kind_count = 1};
    told now;
    evc_kube_journal *j = open_it(crypto, id, &now);

    FUZZ_DEMAND(j != NULL);
    t->run.ended_ms = 1;
    FUZZ_DEMAND(evc_kube_journal_end(j, &t->run, NULL) == 0);
    FUZZ_DEMAND(same_run(evc_kube_journal_ended(j), &t->run));
    FUZZ_DEMAND(evc_kube_journal_keep_reading(j, &reading, -1, NULL) == 0);
    tell_reading(j, t);
    evc_kube_journal_close(j);
    t->pages = 0;
    t->ns[0] = '\0';
    evc_buf_reset(&t->token);
    check_again(crypto, id, t);
    evc_buf_reset(&now.token);
}

/* --- one input -------------------------------------------------------------------- */

static void
check_file(evc_crypto *crypto, evc_view text, const evc_kube_run_id *id, bool write)
{
    static told t; /* too large for a stack */
    evc_kube_journal *j;

    put_file(text);
    j = open_it(crypto, id, &t);
    if (j && write) {
        go_on(crypto, id, j, &t);
        end_run(crypto, id, &t);
    } else {
        evc_kube_journal_close(j);
        check_again(crypto, id, &t);
    }
    evc_buf_reset(&t.token);
}

/* As what its first line names, so that this is no obstacle. */
static void
check_right(evc_crypto *crypto, evc_view text)
{
    const uint8_t *end = text.data ? memchr(text.data, '\n', text.size) : NULL;
    uint8_t sum[EVC_JOURNAL_SUM] = {0};
    evc_journal_line first;

    if (!end ||
        evc_journal_line_read(crypto, evc_view_of(text.data, (size_t)(end - text.data)),
                              sum, &first, NULL))
        return;
    if (first.kind == EVC_JOURNAL_HEAD)
        check_file(crypto, text, &first.id, true);
    evc_journal_line_reset(&first);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const evc_kube_run_id id = {"cluster", "/v1/secrets", "all"};
    evc_crypto *crypto = set_up();
    evc_buf right;

    check_file(crypto, evc_view_of(data, size), &id, false);
    evc_buf_init(&right);
    put_right(crypto, evc_view_of(data, size), &right);
    FUZZ_DEMAND(!right.failed);
    check_right(crypto, evc_buf_view(&right));
    evc_buf_reset(&right);
    return 0;
}
