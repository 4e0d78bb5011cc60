/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/etcd_dump.h"

#include "base/mem.h"
#include "k8s/etcd_json.h"
#include "k8s/key_spans.h"

#define CHUNK 65536u
#define FIRST 16u /* bytes that show what a file is */

struct evc_etcd_dump {
    evc_instream *in;
};

/* One reading. Where a reply ends is found here, since what is behind it is another one. */
typedef struct reading {
    const evc_instream *in;
    const evc_etcd_range *range;
    evc_etcd_pair_fn take;
    void *user;
    bool began;  /* a reply is at hand */
    bool any;    /* one was read */
    bool more;   /* of the last one */
    bool quoted; /* within a string, behind a backslash */
    bool escaped;
    uint32_t depth;
    evc_etcd_json json;
    evc_key_spans spans;
    uint8_t chunk[CHUNK];
} reading;

#define HOW "dump it by: etcdctl get --prefix / -w json"

static int
refuse(const evc_instream *in, const char *what, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_ETCD_DUMP, "cannot read %s: %s", in->path, what);
}

/* --- what a file is ----------------------------------------------------------------- */

static bool
is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Field 1 is the header, whose field 1 is the number of the cluster. */
static bool
is_protobuf(evc_view first)
{
    evc_cursor c = evc_cursor_of_view(first);
    uint8_t header = evc_cursor_u8(&c);
    uint8_t size = evc_cursor_u8(&c);

    return header == 0x0a && size < 0x40 && evc_cursor_u8(&c) == 0x08;
}

/* Why it is no dump in JSON, by its first bytes; NULL: it may be one. */
static const char *
fault_of(evc_view first)
{
    evc_cursor c = evc_cursor_of_view(first);

    if (evc_view_starts_with(first, "\"ClusterID\""))
        return "it is a dump of etcdctl by -w fields; " HOW;
    if (is_protobuf(first))
        return "it is a dump of etcdctl by -w protobuf; " HOW;
    if (evc_view_starts_with(first, "\x1f\x8b"))
        return "it is compressed; unpack it first: gzip -dc FILE | …";
    while (evc_cursor_left(&c) > 0) {
        uint8_t byte = evc_cursor_u8(&c);

        if (!is_space(byte))
            return byte == '{' ? NULL
                               : "it is neither a dump of etcdctl in JSON nor a "
                                 "snapshot (keys and values as plain text cannot be "
                                 "told apart); " HOW;
    }
    return NULL;
}

static int
check_file(const evc_instream *in, evc_error **err)
{
    uint8_t first[FIRST];
    size_t size = in->file.size < FIRST ? (size_t)in->file.size : FIRST;
    const char *fault;
    int rc = evc_infile_read(&in->file, 0, first, size, err);

    if (rc)
        return rc;
    fault = fault_of(evc_view_of(first, size));
    return fault ? refuse(in, fault, err) : 0;
}

/* --- replies ------------------------------------------------------------------------ */

static int
refuse_twice(const reading *r, evc_view key, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(key, shown);
    return evc_err(err, ENVCRYPT_E_ETCD_DUMP,
                   "cannot read %s: two of its replies overlap at the key %s, which "
                   "would count twice; dump each range once, and let the pages of one "
                   "follow one another in the order of their keys",
                   r->in->path, shown);
}

static int
pass_pair(void *user, const evc_etcd_pair *pair, evc_error **err)
{
    reading *r = user;
    bool twice = false;
    int rc = 0;

    /* Who asks for one key sees all that there is of it, and takes the newest. */
    if (!r->range->single)
        rc = evc_key_spans_add(&r->spans, pair->key, &twice, err);
    if (rc)
        return rc;
    if (twice)
        return refuse_twice(r, pair->key, err);
    if (!evc_etcd_range_has(r->range, pair->key))
        return 0;
    return r->take(r->user, pair, err);
}

/* What take gave stays as it is; the rest says which file. */
static int
finish(const reading *r, int rc, evc_error **err)
{
    if (rc != ENVCRYPT_E_JSON || r->json.taken)
        return rc;
    return evc_err(err, ENVCRYPT_E_ETCD_DUMP, "cannot read %s: %s", r->in->path,
                   err && *err ? evc_error_message(*err) : "it is damaged");
}

static int
end_reply(reading *r, evc_error **err)
{
    int rc = evc_etcd_json_end(&r->json, err);

    r->more = r->json.more;
    evc_key_spans_end(&r->spans, r->more);
    r->any = true;
    r->began = false;
    rc = finish(r, rc, err);
    evc_etcd_json_reset(&r->json);
    return rc;
}

/* Whether the object at hand ends with this byte. Strings hide brackets; that the rest is
 * JSON is for the parser. */
static bool
is_last(reading *r, uint8_t byte)
{
    if (r->quoted) {
        r->quoted = r->escaped || byte != '"';
        r->escaped = !r->escaped && byte == '\\';
        return false;
    }
    if (byte == '"')
        r->quoted = true;
    else if (byte == '{')
        r->depth++;
    else if (byte == '}')
        return --r->depth == 0;
    return false;
}

/* Feeds what belongs to the reply at hand. */
static int
take_reply(reading *r, evc_cursor *c, evc_error **err)
{
    size_t start = c->at;
    bool ended = false;
    int rc;

    while (!ended && evc_cursor_left(c) > 0)
        ended = is_last(r, evc_cursor_u8(c));
    rc = evc_etcd_json_feed(&r->json, evc_cursor_since(c, start), err);
    if (rc)
        return finish(r, rc, err);
    return ended ? end_reply(r, err) : 0;
}

static int
take_chunk(reading *r, evc_view chunk, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(chunk);
    int rc = 0;

    while (rc == 0 && evc_cursor_left(&c) > 0) {
        if (r->began) {
            rc = take_reply(r, &c, err);
        } else if (chunk.data[c.at] == '{') {
            r->began = true;
            evc_etcd_json_begin(&r->json, pass_pair, r);
        } else if (!is_space(evc_cursor_u8(&c))) {
            rc = refuse(r->in, "something else follows a reply of etcd; " HOW, err);
        }
    }
    return rc;
}

/* --- reading ------------------------------------------------------------------------ */

static int
check_end(const reading *r, evc_error **err)
{
    if (r->began)
        return refuse(r->in, "it is cut off; dump it again", err);
    if (!r->any)
        return refuse(r->in, "it is empty; " HOW, err);
    if (r->more)
        return refuse(
            r->in, "it ends before the last key; dump it again without --limit", err);
    return 0;
}

static int
read_chunks(reading *r, evc_instream *in, evc_wait *wait, evc_error **err)
{
    bool first = true;
    size_t got;
    int rc;

    do {
        const char *fault = NULL;

        rc = evc_instream_read(in, r->chunk, CHUNK, wait, &got, err);
        if (rc == 0 && first)
            fault = fault_of(evc_view_of(r->chunk, got));
        first = false;
        if (fault)
            rc = refuse(in, fault, err);
        if (rc == 0)
            rc = take_chunk(r, evc_view_of(r->chunk, got), err);
        evc_mem_wipe(r->chunk, got);
    } while (rc == 0 && got > 0);
    return rc ? rc : check_end(r, err);
}

static int
dump_read(void *state, const evc_etcd_range *range, evc_wait *wait,
          evc_etcd_pair_fn take, void *user, evc_error **err)
{
    evc_etcd_dump *dump = state;
    reading *r;
    int rc = evc_instream_begin(dump->in, err);

    if (rc)
        return rc;
    r = evc_mem_new(sizeof(*r));
    if (!r)
        return evc_err_nomem(err);
    r->in = dump->in;
    r->range = range;
    r->take = take;
    r->user = user;
    evc_key_spans_init(&r->spans);
    rc = read_chunks(r, dump->in, wait, err);
    evc_etcd_json_reset(&r->json);
    evc_key_spans_reset(&r->spans);
    evc_mem_free(r);
    return rc;
}

int
evc_etcd_dump_open(evc_instream *in, evc_etcd_dump **out, evc_error **err)
{
    evc_etcd_dump *dump;
    int rc = in->is_regular ? check_file(in, err) : 0;

    if (rc)
        return rc;
    dump = evc_mem_new(sizeof(*dump));
    if (!dump)
        return evc_err_nomem(err);
    dump->in = in;
    *out = dump;
    return 0;
}

static void
dump_close(void *state)
{
    evc_mem_free(state);
}

const evc_etcd_source evc_etcd_source_dump = {dump_read, dump_close};
