/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/replace.h"
#include "k8s/journal_done.h"
#include "k8s/journal_kept.h"

#define READ_MAX ((size_t)8 * 1024 * 1024)
#define KEPT_MAX ((size_t)512 * 1024) /* past it, what settled pages said is dropped */

struct evc_kube_journal {
    evc_crypto *crypto;
    char *path;
    evc_file_lock lock;
    int fd; /* to append; -1 = not open yet */
    char *cluster_id, *resource, *selection;
    uint8_t sum[EVC_JOURNAL_SUM];
    uint64_t size;   /* up to the end of its last whole line */
    int64_t version; /* of the file that was read */
    evc_journal_kept kept;
    bool has_run;
    evc_kube_run run;
    uint64_t pages;
    char ns[EVC_KUBE_NAMESPACE_MAX + 1];
    evc_buf token;
    evc_buf reached;
    evc_journal_done done;
};

bool
evc_kube_journal_has(const evc_kube_journal *journal, const evc_kube_object *object)
{
    return evc_journal_done_has(&journal->done, object);
}

/* --- reading --- */

static int
differs(const char *what, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_JOURNAL_OTHER, "it is of another %s", what);
}

static int
take_head(evc_kube_journal *j, const evc_kube_run_id *id, evc_error **err)
{
    if (strcmp(id->cluster_id, j->cluster_id) != 0)
        return differs("cluster", err);
    if (strcmp(id->resource, j->resource) != 0)
        return differs("resource", err);
    if (strcmp(id->selection, j->selection) != 0)
        return differs("selection of objects (namespaces, labels, or what the file of "
                       "names lists now)",
                       err);
    return 0;
}

/* A run is begun or over: of pages there is nothing then. */
static void
forget_pages(evc_kube_journal *j)
{
    j->pages = 0;
    j->ns[0] = '\0';
    evc_buf_reset(&j->token);
    evc_buf_reset(&j->reached);
    evc_journal_done_reset(&j->done);
}

static void
take_ended(evc_kube_journal *j, const evc_kube_run *run)
{
    evc_journal_kept_take_ended(&j->kept, run);
    j->has_run = false;
    forget_pages(j);
}

static void
take_began(evc_kube_journal *j, const evc_kube_run *run)
{
    j->run = *run;
    j->has_run = true;
    forget_pages(j);
}

static int
take_page(evc_kube_journal *j, const evc_journal_line *line, evc_error **err)
{
    int rc;

    j->pages = line->page;
    memcpy(j->ns, line->ns, sizeof(j->ns));
    evc_buf_clear(&j->token);
    evc_buf_put_view(&j->token, line->token);
    evc_buf_clear(&j->reached);
    evc_buf_put_view(&j->reached, line->reached);
    j->run = line->run;
    evc_journal_done_drop(&j->done, line->page, line->reached);
    rc = evc_buf_check(&j->token, err);
    return rc ? rc : evc_buf_check(&j->reached, err);
}

static int
take_reading(evc_kube_journal *j, const evc_kube_reading *reading, evc_error **err)
{
    evc_kube_readings *to = &j->kept.readings;

    if (j->version < EVC_JOURNAL_VERSION_READ ||
        to->count == sizeof(to->items) / sizeof(to->items[0]))
        return evc_err(err, ENVCRYPT_E_JOURNAL, "it has more readings than are kept");
    to->items[to->count++] = *reading;
    return 0;
}

static int
take_done(evc_kube_journal *j, const evc_journal_line *line, evc_error **err)
{
    evc_kube_run_count(&j->run, &line->object, line->how);
    return evc_journal_done_add(&j->done, line->page, &line->object, line->how, err);
}

static int
take_line(evc_kube_journal *j, const evc_journal_line *line, bool first,
          evc_error **err)
{
    bool is_head = line->kind == EVC_JOURNAL_HEAD;
    bool of_a_run = line->kind == EVC_JOURNAL_DONE || line->kind == EVC_JOURNAL_PAGE;

    if (is_head != first || (of_a_run && !j->has_run))
        return evc_err(err, ENVCRYPT_E_JOURNAL, "its lines are not in order");
    switch (line->kind) {
    case EVC_JOURNAL_HEAD:
        j->version = line->version;
        return take_head(j, &line->id, err);
    case EVC_JOURNAL_READ:
        return take_reading(j, line->reading, err);
    case EVC_JOURNAL_SHOWN:
        evc_journal_kept_take_shown(&j->kept, &line->run);
        return 0;
    case EVC_JOURNAL_ENDED:
        take_ended(j, &line->run);
        return 0;
    case EVC_JOURNAL_BEGAN:
        take_began(j, &line->run);
        return 0;
    case EVC_JOURNAL_PAGE:
        return take_page(j, line, err);
    case EVC_JOURNAL_DONE:
        break;
    }
    return take_done(j, line, err);
}

/* The next whole line; false at the end, or before a torn tail. */
static bool
next_line(evc_cursor *c, evc_view *line)
{
    const uint8_t *end = evc_cursor_left(c)
                             ? memchr(&c->input.data[c->at], '\n', evc_cursor_left(c))
                             : NULL;

    if (!end)
        return false;
    *line = evc_cursor_bytes(c, (size_t)(end - &c->input.data[c->at]));
    (void)evc_cursor_u8(c);
    return true;
}

static int
read_lines(evc_kube_journal *j, evc_view text, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(text);
    evc_journal_line line;
    evc_view bytes;
    bool first = true;
    int rc = 0;

    while (rc == 0 && next_line(&c, &bytes)) {
        rc = evc_journal_line_read(j->crypto, bytes, j->sum, &line, err);
        if (rc)
            break;
        rc = take_line(j, &line, first, err);
        evc_journal_line_reset(&line);
        first = false;
        j->size = c.at;
    }
    /* The first line is written with the file: without it this is somebody else's. */
    if (rc == 0 && first && text.size > 0)
        rc = evc_err(err, ENVCRYPT_E_JOURNAL, "it does not begin as one");
    return rc;
}

static int
read_file(evc_kube_journal *j, evc_error **err)
{
    evc_error *why = NULL;
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    /* Another user's could have us pass over objects, and call proven what is not. */
    rc = evc_file_read(j->path, READ_MAX, EVC_FILE_PRIVATE | EVC_FILE_OWN, &text, err);
    if (rc == ENVCRYPT_E_FILE_NOT_FOUND) {
        evc_err_drop(err);
        return 0;
    }
    if (rc == 0)
        rc = read_lines(j, evc_buf_view(&text), err ? &why : NULL);
    evc_buf_reset(&text);
    if (why)
        rc = evc_err(err, rc,
                     "the journal %s cannot be used: %s; move it away to begin anew, "
                     "which harms nothing",
                     j->path, evc_error_message(why));
    evc_error_free(why);
    return rc;
}

/* --- opening --- */

static int
copy_texts(evc_kube_journal *j, const char *path, const evc_kube_run_id *id,
           evc_error **err)
{
    j->path = evc_mem_strdup(path);
    j->cluster_id = evc_mem_strdup(id->cluster_id);
    j->resource = evc_mem_strdup(id->resource);
    j->selection = evc_mem_strdup(id->selection);
    return j->path && j->cluster_id && j->resource && j->selection ? 0
                                                                   : evc_err_nomem(err);
}

/* Not waited for: another run would last too long. */
static int
take_lock(evc_kube_journal *j, evc_error **err)
{
    int rc = evc_file_lock_try(&j->lock, j->path, err);

    if (rc == ENVCRYPT_E_FILE_BUSY)
        rc = evc_err(err, ENVCRYPT_E_FILE_BUSY,
                     "another run has the journal %s; wait for its end, or name "
                     "another file",
                     j->path);
    return rc;
}

int
evc_kube_journal_open(evc_crypto *crypto, const char *path, const evc_kube_run_id *id,
                      evc_kube_journal **out, evc_kube_run *run, bool *found,
                      evc_error **err)
{
    evc_kube_journal *j = evc_mem_new(sizeof(*j));
    int rc;

    if (!j)
        return evc_err_nomem(err);
    j->crypto = crypto;
    j->fd = -1;
    j->lock.fd = -1;
    rc = copy_texts(j, path, id, err);
    if (rc == 0)
        rc = take_lock(j, err);
    if (rc == 0)
        rc = read_file(j, err);
    if (rc) {
        evc_kube_journal_close(j);
        return rc;
    }
    *found = j->has_run || j->kept.has_ended;
    if (*found)
        *run = j->has_run ? j->run : j->kept.ended;
    *out = j;
    return 0;
}

void
evc_kube_journal_close(evc_kube_journal *journal)
{
    if (!journal)
        return;
    if (journal->fd >= 0)
        (void)close(journal->fd);
    evc_file_lock_drop(&journal->lock);
    forget_pages(journal);
    evc_mem_free(journal->path);
    evc_mem_free(journal->cluster_id);
    evc_mem_free(journal->resource);
    evc_mem_free(journal->selection);
    evc_mem_free(journal);
}

const evc_kube_run *
evc_kube_journal_shown(const evc_kube_journal *journal)
{
    return journal->kept.has_shown ? &journal->kept.shown : NULL;
}

const evc_kube_run *
evc_kube_journal_ended(const evc_kube_journal *journal)
{
    return journal->kept.has_ended ? &journal->kept.ended : NULL;
}

const evc_kube_reading *
evc_kube_journal_read_before(const evc_kube_journal *journal, int64_t since_ms)
{
    return evc_kube_readings_before(&journal->kept.readings, since_ms);
}

uint64_t
evc_kube_journal_pages(const evc_kube_journal *journal)
{
    return journal->pages;
}

const char *
evc_kube_journal_ns(const evc_kube_journal *journal)
{
    return journal->ns;
}

evc_view
evc_kube_journal_token(const evc_kube_journal *journal)
{
    return evc_buf_view(&journal->token);
}

evc_view
evc_kube_journal_reached(const evc_kube_journal *journal)
{
    return evc_buf_view(&journal->reached);
}

/* --- writing --- */

/* What the file must hold now, from its first line. */
typedef struct content {
    evc_kube_journal *j;
    uint8_t sum[EVC_JOURNAL_SUM];
    evc_buf text;
    evc_journal_line
        line; /* the one that is written: there is room for one on a stack */
} content;

static int
put_line(content *c, evc_error **err)
{
    return evc_journal_line_write(c->j->crypto, &c->line, c->sum, &c->text, err);
}

static int
put_run(content *c, evc_journal_kind kind, const evc_kube_run *run, evc_error **err)
{
    c->line = (evc_journal_line){.kind = kind};
    c->line.run = *run;
    return put_line(c, err);
}

/* What is done before what is settled, whose counts have it in. */
static int
put_pages(content *c, evc_error **err)
{
    const evc_kube_journal *j = c->j;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < evc_journal_done_count(&j->done); i++) {
        evc_journal_done_line(&j->done, i, &c->line);
        rc = put_line(c, err);
    }
    if (rc)
        return rc;
    c->line = (evc_journal_line){.kind = EVC_JOURNAL_PAGE, .page = j->pages};
    c->line.run = j->run;
    memcpy(c->line.ns, j->ns, sizeof(c->line.ns));
    c->line.token = evc_buf_view(&j->token);
    c->line.reached = evc_buf_view(&j->reached);
    return put_line(c, err);
}

/* Runs stand behind them: what they tell of runs is in them. */
static int
put_readings(content *c, evc_error **err)
{
    evc_kube_readings *readings = &c->j->kept.readings;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < readings->count; i++) {
        c->line = (evc_journal_line){.kind = EVC_JOURNAL_READ};
        c->line.reading = &readings->items[i];
        rc = put_line(c, err);
    }
    return rc;
}

static int
put_all(content *c, evc_error **err)
{
    const evc_kube_journal *j = c->j;
    int rc;

    c->line = (evc_journal_line){.kind = EVC_JOURNAL_HEAD};
    c->line.id = (evc_kube_run_id){j->cluster_id, j->resource, j->selection};
    c->line.version =
        j->kept.readings.count ? EVC_JOURNAL_VERSION_READ : EVC_JOURNAL_VERSION;
    rc = put_line(c, err);
    if (rc == 0)
        rc = put_readings(c, err);
    if (rc == 0 && j->kept.has_shown)
        rc = put_run(c, EVC_JOURNAL_SHOWN, &j->kept.shown, err);
    if (rc == 0 && j->kept.has_ended)
        rc = put_run(c, EVC_JOURNAL_ENDED, &j->kept.ended, err);
    if (rc == 0 && j->has_run)
        rc = put_run(c, EVC_JOURNAL_BEGAN, &j->run, err);
    if (rc == 0 && j->has_run && (j->pages > 0 || evc_journal_done_count(&j->done)))
        rc = put_pages(c, err);
    return rc;
}

static int
open_to_append(evc_kube_journal *j, evc_error **err)
{
    if (j->fd >= 0)
        return 0;
    j->fd = open(j->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
    if (j->fd < 0)
        return evc_err_errno(err, errno, "write", j->path);
    /* A tail that was torn would spoil what follows. */
    if (ftruncate(j->fd, (off_t)j->size) != 0)
        return evc_err_errno(err, errno, "write", j->path);
    return 0;
}

/* The file as it must be now, in the place of the old one, at once. */
static int
write_anew(evc_kube_journal *j, evc_error **err)
{
    content c = {.j = j};
    int rc;

    evc_buf_init(&c.text);
    rc = put_all(&c, err);
    if (rc == 0)
        rc = evc_replace_put(j->path, evc_buf_view(&c.text), err);
    if (rc == 0) {
        if (j->fd >= 0)
            (void)close(j->fd);
        j->fd = -1;
        j->size = c.text.size;
        memcpy(j->sum, c.sum, sizeof(j->sum));
    }
    evc_buf_reset(&c.text);
    return rc;
}

/* A line at the end. Of one that did not get in whole nothing stays. */
static int
append(evc_kube_journal *j, const evc_journal_line *line, bool sync, evc_error **err)
{
    uint8_t sum[EVC_JOURNAL_SUM];
    evc_buf text;
    int rc = open_to_append(j, err);

    if (rc)
        return rc;
    evc_buf_init(&text);
    memcpy(sum, j->sum, sizeof(sum));
    rc = evc_journal_line_write(j->crypto, line, sum, &text, err);
    if (rc == 0)
        rc = evc_file_write_all(j->fd, j->path, evc_buf_view(&text), err);
    if (rc == 0 && sync && fsync(j->fd) != 0)
        rc = evc_err_errno(err, errno, "write", j->path);
    if (rc == 0) {
        j->size += text.size;
        memcpy(j->sum, sum, sizeof(sum));
    } else if (ftruncate(j->fd, (off_t)j->size) != 0) {
        (void)close(j->fd); /* whoever writes next tries that again, and fails */
        j->fd = -1;
    }
    evc_buf_reset(&text);
    return rc;
}

int
evc_kube_journal_begin(evc_kube_journal *journal, const evc_kube_run *run,
                       evc_error **err)
{
    take_began(journal, run);
    evc_kube_readings_run(&journal->kept.readings, run->began_ms);
    return write_anew(journal, err);
}

int
evc_kube_journal_done(evc_kube_journal *journal, uint64_t page,
                      const evc_kube_object *object, evc_settled how, evc_error **err)
{
    evc_journal_line line = {.kind = EVC_JOURNAL_DONE, .how = how, .page = page};
    int rc;

    line.object = *object;
    rc = append(journal, &line, false, err);
    return rc ? rc : evc_journal_done_add(&journal->done, page, object, how, err);
}

int
evc_kube_journal_page(evc_kube_journal *journal, uint64_t page, const char *ns,
                      evc_view token, evc_view reached, const evc_kube_run *run,
                      evc_error **err)
{
    evc_journal_line line = {.kind = EVC_JOURNAL_PAGE,
                             .page = page,
                             .run = *run,
                             .token = token,
                             .reached = reached};
    int rc;

    memcpy(line.ns, ns, strlen(ns) + 1);
    rc = take_page(journal, &line, err);
    if (rc)
        return rc;
    if (journal->size > KEPT_MAX)
        return write_anew(journal, err);
    return append(journal, &line, true, err);
}

int
evc_kube_journal_end(evc_kube_journal *journal, const evc_kube_run *run,
                     evc_error **err)
{
    take_ended(journal, run);
    return write_anew(journal, err);
}

int
evc_kube_journal_show(evc_kube_journal *journal, const evc_kube_run *seen,
                      int64_t since_ms, evc_error **err)
{
    evc_journal_kept_show(&journal->kept, seen, since_ms);
    return write_anew(journal, err);
}

int
evc_kube_journal_keep_reading(evc_kube_journal *journal,
                              const evc_kube_reading *reading, int64_t since_ms,
                              evc_error **err)
{
    evc_journal_kept_add_reading(&journal->kept, reading,
                                 journal->has_run ? &journal->run : NULL, since_ms);
    return write_anew(journal, err);
}
