/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/etcd_gateway.h"

#include "base/decimal.h"
#include "base/mem.h"
#include "codec/jscan.h"
#include "k8s/etcd_json.h"
#include "net/operation.h"

#define ATTEMPT_MS 60000 /* a page may be large, and the line slow */

struct evc_etcd_gateway {
    evc_peer *peer;
};

/* --- what refusals mean ------------------------------------------------------------- */

#define ACCOUNTS                                                                    \
    "etcd's own accounts are on (etcdctl auth), and its gateway takes nobody by a " \
    "certificate; save a snapshot by etcdctl --user and read that"

typedef struct refusal {
    int grpc; /* google.golang.org/grpc/codes */
    const char *name;
    int code;
    evc_verdict verdict;
    const char *advice;
} refusal;

static const refusal refusals[] = {
    {2, "Unknown", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN, NULL},
    {3, "InvalidArgument", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL,
     "when it says that the name of the user is empty, " ACCOUNTS},
    {4, "DeadlineExceeded", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN, NULL},
    {7, "PermissionDenied", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL, ACCOUNTS},
    {8, "ResourceExhausted", ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED, NULL},
    {9, "FailedPrecondition", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_AGAIN, NULL},
    {11, "OutOfRange", ENVCRYPT_E_KUBE_EXPIRED, EVC_VERDICT_FAIL,
     "etcd gave that revision up while it was read; read again, or save a snapshot by "
     "etcdctl and read that"},
    {12, "Unimplemented", ENVCRYPT_E_ENDPOINT, EVC_VERDICT_FAIL, NULL},
    {13, "Internal", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN, NULL},
    {14, "Unavailable", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN, NULL},
    {15, "DataLoss", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_FAIL,
     "etcd says that its data is corrupt; see to its members first"},
    {16, "Unauthenticated", ENVCRYPT_E_AUTH, EVC_VERDICT_FAIL, ACCOUNTS},
};

/* -1: the reply tells none. */
static int
grpc_code_of(const evc_exchange *x)
{
    const evc_buf *reply = &x->reply;
    evc_view code;
    int64_t number = -1;

    if (reply->size == 0 || reply->data[0] != '{' ||
        evc_jscan_find((const char *)reply->data, reply->size, "code", &code, NULL))
        return -1;
    (void)evc_decimal_read(code, 99, &number);
    return (int)number;
}

static bool
classify_by_code(int grpc, evc_fault *fault)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        const refusal *r = &refusals[i];

        if (r->grpc != grpc)
            continue;
        evc_fault_set_code(fault, evc_view_text(r->name));
        fault->code = r->code;
        fault->verdict = r->verdict;
        fault->advice = r->advice;
        return true;
    }
    return false;
}

/* Of the server in front of the gateway, or of something else that answers there. */
static void
classify_by_status(const evc_exchange *x, evc_fault *fault)
{
    fault->verdict = EVC_VERDICT_FAIL;
    if (x->status == 400 &&
        evc_view_starts_with(evc_buf_view(&x->reply), "CommonName of client")) {
        fault->code = ENVCRYPT_E_DENIED;
        fault->advice = ACCOUNTS;
    } else if (x->status == 401) {
        fault->code = ENVCRYPT_E_AUTH;
    } else if (x->status == 403) {
        fault->code = ENVCRYPT_E_DENIED;
    } else if (x->status == 429) {
        fault->code = ENVCRYPT_E_THROTTLED;
        fault->verdict = EVC_VERDICT_THROTTLED;
    } else if (x->status >= 500) {
        fault->code = ENVCRYPT_E_SERVICE_DOWN;
        fault->verdict = EVC_VERDICT_AGAIN;
    } else {
        fault->code = ENVCRYPT_E_REQUEST_REFUSED;
    }
}

void
evc_etcd_gateway_classify(const evc_exchange *x, evc_fault *fault)
{
    if (!classify_by_code(grpc_code_of(x), fault)) {
        classify_by_status(x, fault);
        if (x->status == 404)
            fault->code = ENVCRYPT_E_ENDPOINT;
    }
    if (fault->code == ENVCRYPT_E_ENDPOINT)
        fault->advice =
            "nothing serves /v3/kv/range there: name a client URL (port 2379) of etcd "
            "3.4 or later, started without --enable-grpc-gateway=false, or save a "
            "snapshot by etcdctl and read that";
}

static const evc_protocol protocol = {
    .provider = "etcd",
    .classify = evc_etcd_gateway_classify,
};

/* --- one reading -------------------------------------------------------------------- */

typedef struct reading {
    const evc_etcd_range *range;
    evc_etcd_pair_fn take;
    void *user;
    evc_buf from; /* the first key that is asked for next */
    evc_buf end;  /* behind the last one; empty for a single key */
    int64_t revision;
    uint64_t limit;
    uint64_t pairs; /* of the page so far */
    uint64_t bytes;
    bool more;
    int taken; /* what take gave, with its error */
    evc_error *error;
    evc_etcd_json json;
} reading;

/*
 * The first key behind those that begin with key: its last byte that is no FF raised by one;
 * a single NUL means that there is no such key (etcd: clientv3.GetPrefixRangeEnd).
 */
static void
put_range_end(evc_buf *out, evc_view key)
{
    size_t size = key.size;

    while (size > 0 && key.data[size - 1] == 0xff)
        size--;
    if (size > 0)
        evc_buf_put(out, key.data, size - 1);
    evc_buf_put_u8(out, size > 0 ? (uint8_t)(key.data[size - 1] + 1) : 0);
}

static int
begin_reading(reading *r, evc_error **err)
{
    int rc;

    r->limit = r->range->single ? 1 : EVC_ETCD_PAGE_FIRST;
    evc_buf_put_view(&r->from, r->range->key);
    if (!r->range->single) {
        put_range_end(&r->end, r->range->key);
        if (r->range->key.size == 0)
            evc_buf_put_u8(&r->from, 0); /* every key */
    }
    rc = evc_buf_check(&r->from, err);
    return rc ? rc : evc_buf_check(&r->end, err);
}

static int
not_asked_for(evc_error **err)
{
    return evc_err(
        err, ENVCRYPT_E_PROTOCOL,
        "etcd answered with a key that was not asked for, or with one twice");
}

/* What comes next begins right behind this key. */
static int
take_pair(void *user, const evc_etcd_pair *pair, evc_error **err)
{
    reading *r = user;

    if (!evc_etcd_range_has(r->range, pair->key) ||
        evc_view_compare(pair->key, evc_buf_view(&r->from)) < 0)
        return not_asked_for(err);
    if (r->revision == 0)
        r->revision = r->json.revision;
    r->pairs++;
    r->bytes += pair->value.size;
    r->taken = r->take(r->user, pair, &r->error);
    if (r->taken)
        return evc_err(err, ENVCRYPT_E_CALLBACK, "the reading was ended");
    evc_buf_clear(&r->from);
    evc_buf_put_view(&r->from, pair->key);
    evc_buf_put_u8(&r->from, 0);
    return evc_buf_check(&r->from, err);
}

/* --- one page ----------------------------------------------------------------------- */

static int
take_part(void *user, evc_view part, evc_error **err)
{
    reading *r = user;
    int rc = evc_etcd_json_feed(&r->json, part, err);

    if (rc != ENVCRYPT_E_JSON)
        return rc;
    return evc_err(err, ENVCRYPT_E_PROTOCOL, "%s",
                   err && *err ? evc_error_message(*err) : "");
}

static void
put_bytes(evc_buf *body, const char *name, const evc_buf *bytes)
{
    evc_buf_put_format(body, "\"%s\":\"", name);
    evc_encode_base64(body, evc_buf_view(bytes));
    evc_buf_put_text(body, "\",");
}

static int
build_page(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    reading *r = op->user;
    int rc;

    evc_etcd_json_reset(&r->json);
    evc_etcd_json_begin(&r->json, take_pair, r);
    x->method = "POST";
    x->sink = take_part;
    x->sink_user = r;
    evc_buf_put_text(&x->path, "/v3/kv/range");
    evc_buf_put_text(&x->body, "{");
    put_bytes(&x->body, "key", &r->from);
    if (r->end.size)
        put_bytes(&x->body, "range_end", &r->end);
    evc_buf_put_format(&x->body, "\"limit\":\"%llu\",\"revision\":\"%lld\"}",
                       (unsigned long long)r->limit, (long long)r->revision);
    rc = evc_headers_add(&x->headers, "content-type", evc_view_text("application/json"),
                         err);
    if (rc == 0)
        rc = evc_buf_check(&x->path, err);
    return rc ? rc : evc_buf_check(&x->body, err);
}

static int
read_page(evc_operation *op, evc_exchange *x, evc_error **err)
{
    reading *r = op->user;
    int rc = evc_etcd_json_end(&r->json, err);

    (void)x;
    if (rc == ENVCRYPT_E_JSON)
        return evc_err(err, ENVCRYPT_E_PROTOCOL, "%s",
                       err && *err ? evc_error_message(*err) : "");
    if (rc)
        return rc;
    if (r->revision == 0)
        r->revision = r->json.revision;
    r->more = r->json.more && !r->range->single;
    if (r->more && r->json.pairs == 0)
        return not_asked_for(err);
    return 0;
}

/* A value may be a Secret in plaintext, so the reply is as secret as a data key: measured,
 * over HTTP/2 a small one stays behind in libcurl's buffers. */
static const evc_operation_kind range_kind = {
    .name = "Range",
    .build = build_page,
    .read = read_page,
    .secret = true,
    .cap = EVC_ETCD_REPLY_MAX,
};

/* Values of one resource are of one size, more or less. */
static void
choose_limit(reading *r)
{
    uint64_t each = r->pairs ? r->bytes / r->pairs + 1 : 1;

    r->limit = EVC_ETCD_PAGE_BYTES / each;
    if (r->limit > EVC_ETCD_PAGE_MOST)
        r->limit = EVC_ETCD_PAGE_MOST;
    if (r->limit < 1)
        r->limit = 1;
    r->pairs = 0;
    r->bytes = 0;
}

static int
run_page(const evc_etcd_gateway *g, reading *r, const char *subject, evc_wait *wait,
         evc_error **err)
{
    evc_operation op;
    int rc;

    evc_operation_init(&op, &range_kind, g->peer, r);
    op.subject = subject;
    rc = evc_operation_run(&op, wait, err);
    evc_operation_reset(&op);
    if (!r->taken)
        return rc;
    if (err) {
        evc_err_drop(err);
        *err = r->error;
        r->error = NULL;
    }
    return r->taken;
}

static int
run_pages(const evc_etcd_gateway *g, reading *r, evc_wait *wait, evc_error **err)
{
    char subject[EVC_SHOWN];
    int rc = begin_reading(r, err);

    evc_encode_shown(r->range->key, subject);
    while (rc == 0) {
        rc = run_page(g, r, subject, wait, err);
        if (rc || !r->more)
            break;
        choose_limit(r);
    }
    return rc;
}

static int
gateway_read(void *state, const evc_etcd_range *range, evc_wait *wait,
             evc_etcd_pair_fn take, void *user, evc_error **err)
{
    reading *r = evc_mem_new(sizeof(*r));
    int rc;

    if (!r)
        return evc_err_nomem(err);
    r->range = range;
    r->take = take;
    r->user = user;
    rc = run_pages(state, r, wait, err);
    evc_etcd_json_reset(&r->json);
    evc_buf_reset(&r->from);
    evc_buf_reset(&r->end);
    evc_error_free(r->error);
    evc_mem_free(r);
    return rc;
}

/* --- open and close ----------------------------------------------------------------- */

static int
check_options(const evc_etcd_options *options, evc_error **err)
{
    if (!options->endpoint)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "etcd cannot be opened: there is no endpoint; name its client "
                       "URL, https://HOST:2379");
    if (!options->client_cert == !options->client_key)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "etcd cannot be opened: client-cert and client-key go together");
}

int
evc_etcd_gateway_open(evc_net *net, const evc_etcd_options *options,
                      evc_etcd_gateway **out, evc_error **err)
{
    const evc_link link = {.ca_file = options->ca_file,
                           .client_cert = options->client_cert,
                           .client_key = options->client_key,
                           .tls_name = options->tls_name,
                           .attempt_ms = ATTEMPT_MS};
    evc_etcd_gateway *g = NULL;
    evc_endpoint *endpoint = NULL;
    int rc = check_options(options, err);

    if (rc == 0)
        rc = evc_endpoint_open(options->endpoint, &link, &endpoint, err);
    if (rc)
        return rc;
    g = evc_mem_new(sizeof(*g));
    rc = g ? evc_peer_open(net, endpoint, &protocol, NULL, NULL, &g->peer, err)
           : evc_err_nomem(err);
    evc_endpoint_unref(endpoint);
    if (rc)
        evc_mem_free(g);
    else
        *out = g;
    return rc;
}

static void
gateway_close(void *state)
{
    evc_etcd_gateway *g = state;

    if (!g)
        return;
    evc_peer_unref(g->peer);
    evc_mem_free(g);
}

const evc_etcd_source evc_etcd_source_gateway = {gateway_read, gateway_close};
