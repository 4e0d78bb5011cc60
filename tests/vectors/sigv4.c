/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sigv4 DIR holds auth/sigv4 against the vectors in DIR: AWS's own signing test suite, a
 * folder for each case in aws-signing-test-suite-v4/ (awslabs/aws-c-auth), and
 * kms-cross-signed.json. Of each case of the suite both forms are checked, header and query:
 * canonical request, string to sign, signature; of the header form the Authorization header
 * too. The last line is "N passed, N failed".
 *
 * Paths and queries of the suite are not percent-encoded: they go into the exchange as they
 * stand, since its form encodes them once, as it does with what stands on the wire.
 *
 * Exit status: 0, 1 when a case failed, 2 when something was unreadable or not there.
 */
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "auth/sigv4.h"
#include "base/file.h"

#define EXIT_FAILED 1
#define EXIT_UNKNOWN 2
#define MAX_FILE 65536u

static evc_env *env;
static evc_crypto *crypto;
static size_t passed;
static size_t failed;

/* One request, and how it is to be signed. */
typedef struct request {
    evc_exchange x;
    evc_sigv4 how;
    evc_creds *creds;
} request;

static void
die(const char *what, const char *why)
{
    (void)fprintf(stderr, "sigv4: %s: %s\n", what, why);
    exit(EXIT_UNKNOWN);
}

static void
must(int rc, const char *what)
{
    if (rc)
        die(what, envcrypt_error_name(rc));
}

/* The file's text, with a NUL; freed by evc_buf_reset. */
static evc_buf
read_file(const char *folder, const char *name)
{
    char path[1024];
    evc_buf out;

    evc_buf_init(&out);
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
        die(folder, "a path is too long");
    must(evc_file_read(path, MAX_FILE, 0, &out, NULL), path);
    evc_buf_put_u8(&out, 0);
    if (out.failed)
        die(path, "memory is out");
    return out;
}

static const char *
text_in(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    if (!text)
        die(name, "a member is missing");
    return text;
}

static const char *
text_or_null(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static evc_creds *
make_creds(const char *id, const char *secret, const char *token)
{
    evc_creds_parts parts = {.id = evc_view_text(id),
                             .secret = evc_view_text(secret),
                             .token = evc_view_text(token),
                             .expires_ms = EVC_CREDS_NEVER,
                             .source = "vectors"};
    evc_creds *creds = NULL;

    must(evc_creds_new(env->arena, &parts, &creds, NULL), "credentials");
    return creds;
}

/* "20150830T123600Z" or "2015-08-30T12:36:00Z". */
static int64_t
time_of(const char *text)
{
    char full[EVC_TIME_TEXT] = "0000-00-00T00:00:00Z";
    int64_t ms = 0;
    size_t at = 0;

    for (; *text; text++) {
        if (*text == '-' || *text == ':')
            continue;
        while (full[at] == '-' || full[at] == ':')
            at++;
        if (at == sizeof(full) - 1)
            die("timestamp", "it is too long");
        full[at++] = *text;
    }
    must(evc_clock_parse(evc_view_text(full), &ms, NULL), "timestamp");
    return ms;
}

static void
set_endpoint(evc_exchange *x, const char *scheme, const char *authority)
{
    char url[512];

    (void)snprintf(url, sizeof(url), "%s://%s", scheme, authority);
    must(evc_endpoint_open(url, NULL, &x->endpoint, NULL), url);
}

static void
set_method(evc_exchange *x, const char *method)
{
    static const char *const known[] = {"GET", "POST", "PUT", "DELETE"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i], method) == 0)
            x->method = known[i];
    }
    if (!x->method)
        die(method, "an unknown method");
}

static void
add_header(request *r, const char *name, const char *value)
{
    if (strcasecmp(name, "Host") == 0)
        set_endpoint(&r->x, "https", value + strspn(value, " "));
    else
        must(evc_headers_add(&r->x.headers, name, evc_view_text(value), NULL), name);
}

/* --- the suite's folders ---------------------------------------------------------- */

static void
parse_target(request *r, char *line)
{
    char *target = strchr(line, ' ');
    char *end = strrchr(line, ' ');
    char *query;

    if (!target || target == end)
        die(line, "no request line");
    *target++ = 0;
    *end = 0;
    set_method(&r->x, line);
    query = strchr(target, '?');
    if (query) {
        *query++ = 0;
        evc_buf_put_text(&r->x.query, query);
    }
    evc_buf_put_text(&r->x.path, target);
}

/* Cuts the line off; NULL at the end of the text. */
static char *
next_line(char **rest)
{
    char *line = *rest;
    char *end = line ? strchr(line, '\n') : NULL;

    if (end)
        *end = 0;
    *rest = end ? end + 1 : NULL;
    return line;
}

/* Lines that begin with white space belong to the header before. */
static void
unfold(char *text)
{
    for (char *at = text; *at; at++) {
        if (at[0] == '\n' && at[1] == '\n')
            return;
        if (at[0] == '\n' && (at[1] == ' ' || at[1] == '\t'))
            at[0] = ' ';
    }
}

static void
parse_request(request *r, char *text)
{
    char *line;

    unfold(text);
    parse_target(r, next_line(&text));
    while ((line = next_line(&text)) && line[0]) {
        char *value = strchr(line, ':');

        if (!value)
            die(line, "no header");
        *value++ = 0;
        add_header(r, line, value);
    }
    if (text)
        evc_buf_put_text(&r->x.body, text);
    if (!r->x.endpoint)
        die("request.txt", "no Host header");
}

static request
request_in(const char *folder, const json_t *context)
{
    const json_t *creds = json_object_get(context, "credentials");
    evc_buf text = read_file(folder, "request.txt");
    request r = {.creds = make_creds(text_in(creds, "access_key_id"),
                                     text_in(creds, "secret_access_key"),
                                     text_or_null(creds, "token"))};

    evc_exchange_init(&r.x);
    parse_request(&r, (char *)text.data);
    evc_buf_reset(&text);
    r.how = (evc_sigv4){
        .region = text_in(context, "region"),
        .service = text_in(context, "service"),
        .now_ms = time_of(text_in(context, "timestamp")),
        .keep_path = !json_is_true(json_object_get(context, "normalize")),
        .token_unsigned = json_is_true(json_object_get(context, "omit_session_token"))};
    return r;
}

static void
release(request *r)
{
    evc_exchange_reset(&r->x);
    evc_creds_unref(r->creds);
}

static bool
is_same(const char *name, const char *what, evc_view ours, const char *theirs)
{
    if (evc_view_is_text(ours, theirs))
        return true;
    printf("%s: another %s:\n%.*s\n", name, what, (int)ours.size,
           (const char *)ours.data);
    return false;
}

static bool
is_in_file(const char *folder, const char *name, evc_view ours)
{
    evc_buf theirs = read_file(folder, name);
    bool same = is_same(folder, name, ours, (const char *)theirs.data);

    evc_buf_reset(&theirs);
    return same;
}

static evc_buf
canonical_of(const request *r)
{
    evc_buf out;

    evc_buf_init(&out);
    must(evc_sigv4_canonical(crypto, &r->how, &r->x, &out, NULL), "canonical request");
    return out;
}

static evc_buf
to_sign_of(const request *r, const evc_buf *canonical)
{
    evc_buf out;

    evc_buf_init(&out);
    must(evc_sigv4_to_sign(crypto, &r->how, evc_buf_view(canonical), &out, NULL),
         "string to sign");
    return out;
}

/* What stands behind the last "=" of a header or query. */
static evc_view
signature_in(const char *text)
{
    const char *at = strrchr(text, '=');

    return evc_view_text(at ? at + 1 : "");
}

static const char *
authorization_in(char *request_text)
{
    char *line;

    while ((line = next_line(&request_text))) {
        if (strncasecmp(line, "Authorization:", 14) == 0)
            return line + 14 + strspn(line + 14, " ");
    }
    return "";
}

/* Before the signature is there, with what it covers. */
static void
add_signed(request *r)
{
    char stamp[EVC_TIME_TEXT];
    char full[EVC_TIME_TEXT];
    size_t used = 0;

    evc_clock_format(r->how.now_ms, full);
    for (size_t i = 0; full[i]; i++) {
        if (full[i] != '-' && full[i] != ':')
            stamp[used++] = full[i];
    }
    stamp[used] = 0;
    add_header(r, "X-Amz-Date", stamp);
    if (r->creds->token.bytes && !r->how.token_unsigned)
        must(evc_headers_add(&r->x.headers, "X-Amz-Security-Token",
                             evc_view_of(r->creds->token.bytes, r->creds->token.size),
                             NULL),
             "token");
}

static void
add_body_hash(request *r)
{
    evc_buf canonical = canonical_of(r);
    char hash[65] = {0};

    /* It is the last line of the canonical request. */
    memcpy(hash, &canonical.data[canonical.size - 64], 64);
    add_header(r, "x-amz-content-sha256", hash);
    evc_buf_reset(&canonical);
}

static bool
check_steps(const char *folder, const char *form, const request *r)
{
    evc_buf canonical = canonical_of(r);
    evc_buf to_sign = to_sign_of(r, &canonical);
    char name[64];
    bool good;

    (void)snprintf(name, sizeof(name), "%s-canonical-request.txt", form);
    good = is_in_file(folder, name, evc_buf_view(&canonical));
    (void)snprintf(name, sizeof(name), "%s-string-to-sign.txt", form);
    good &= is_in_file(folder, name, evc_buf_view(&to_sign));
    evc_buf_reset(&canonical);
    evc_buf_reset(&to_sign);
    return good;
}

static bool
check_header_form(const char *folder, const json_t *context)
{
    bool with_hash = json_is_true(json_object_get(context, "sign_body"));
    request r = request_in(folder, context);
    evc_buf theirs = read_file(folder, "header-signed-request.txt");
    const char *ours;
    bool good;

    if (with_hash)
        add_body_hash(&r);
    add_signed(&r);
    good = check_steps(folder, "header", &r);
    release(&r);
    r = request_in(folder, context);
    if (with_hash)
        add_body_hash(&r);
    must(evc_sigv4_sign(crypto, &r.how, r.creds, &r.x, NULL), "signing");
    ours = evc_headers_find(&r.x.headers, "authorization");
    good &= is_in_file(folder, "header-signature.txt", signature_in(ours));
    good &= is_same(folder, "Authorization", evc_view_text(ours),
                    authorization_in((char *)theirs.data));
    evc_buf_reset(&theirs);
    release(&r);
    return good;
}

/* Takes "&name=…" and what follows it away from the query. */
static void
cut_query(evc_buf *query, const char *name)
{
    char *at;

    evc_buf_put_u8(query, 0);
    at = strstr((char *)query->data, name);
    if (!at)
        die(name, "it is not in the query");
    evc_buf_truncate(query, (size_t)(at - (char *)query->data));
}

static bool
check_query_form(const char *folder, const json_t *context)
{
    json_int_t expires =
        json_integer_value(json_object_get(context, "expiration_in_seconds"));
    request r = request_in(folder, context);
    char signature[65] = {0};
    const char *at;
    bool good;

    must(evc_sigv4_presign(crypto, &r.how, r.creds, (uint32_t)expires, &r.x, NULL),
         "signing");
    evc_buf_put_u8(&r.x.query, 0);
    at = strstr((const char *)r.x.query.data, "&X-Amz-Signature=");
    if (at)
        (void)snprintf(signature, sizeof(signature), "%.64s", at + 17);
    evc_buf_truncate(&r.x.query, r.x.query.size - 1);
    cut_query(&r.x.query, "&X-Amz-Signature=");
    good = check_steps(folder, "query", &r);
    good &= is_in_file(folder, "query-signature.txt", evc_view_text(signature));
    release(&r);
    return good;
}

static void
count(const char *name, bool good)
{
    if (good) {
        passed++;
    } else {
        failed++;
        printf("%s: FAILED\n", name);
    }
}

static void
check_folder(const char *folder)
{
    evc_buf text = read_file(folder, "context.json");
    json_t *context = json_loads((const char *)text.data, 0, NULL);
    bool good;

    if (!context)
        die(folder, "context.json is no JSON");
    good = check_header_form(folder, context);
    good &= check_query_form(folder, context);
    count(folder, good);
    json_decref(context);
    evc_buf_reset(&text);
}

static void
check_suite(const char *dir)
{
    char path[512];
    struct dirent **entries;
    struct stat found;
    int n;

    (void)snprintf(path, sizeof(path), "%s/aws-signing-test-suite-v4", dir);
    n = scandir(path, &entries, NULL, alphasort);
    if (n < 0)
        die(path, "cannot be listed");
    for (int i = 0; i < n; i++) {
        static char folder[1024];

        (void)snprintf(folder, sizeof(folder), "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && stat(folder, &found) == 0 &&
            S_ISDIR(found.st_mode))
            check_folder(folder);
        free(entries[i]);
    }
    free(entries);
    if (passed + failed == 0)
        die(path, "there is no case in it");
}

/* --- kms-cross-signed.json -------------------------------------------------------- */

static request
request_of(const json_t *one)
{
    request r = {.creds = make_creds(text_in(one, "access_key_id"),
                                     text_in(one, "secret_access_key"),
                                     text_or_null(one, "session_token"))};
    const char *name;
    json_t *value;

    evc_exchange_init(&r.x);
    set_endpoint(&r.x, text_in(one, "scheme"), text_in(one, "host"));
    set_method(&r.x, text_in(one, "method"));
    evc_buf_put_text(&r.x.path, text_in(one, "path"));
    json_object_foreach(json_object_get(one, "headers"), name, value)
        add_header(&r, name, json_string_value(value));
    evc_buf_put_text(&r.x.body, text_in(one, "body_utf8"));
    r.how = (evc_sigv4){.region = text_in(one, "region"),
                        .service = text_in(one, "service"),
                        .now_ms = time_of(text_in(one, "timestamp"))};
    return r;
}

static bool
check_one(const json_t *one)
{
    const json_t *expect = json_object_get(one, "expect");
    const char *id = text_in(one, "id");
    request r = request_of(one);
    const char *authorization;
    evc_buf canonical;
    evc_buf to_sign;
    bool good;

    must(evc_sigv4_sign(crypto, &r.how, r.creds, &r.x, NULL), "signing");
    canonical = canonical_of(&r);
    to_sign = to_sign_of(&r, &canonical);
    authorization = evc_headers_find(&r.x.headers, "authorization");
    good = is_same(id, "canonical request", evc_buf_view(&canonical),
                   text_in(expect, "canonical_request"));
    good &= is_same(id, "string to sign", evc_buf_view(&to_sign),
                    text_in(expect, "string_to_sign"));
    good &= is_same(id, "signature", signature_in(authorization),
                    text_in(expect, "signature"));
    good &= is_same(id, "Authorization", evc_view_text(authorization),
                    text_in(expect, "authorization"));
    evc_buf_reset(&canonical);
    evc_buf_reset(&to_sign);
    release(&r);
    return good;
}

static void
check_cross_signed(const char *dir)
{
    evc_buf text = read_file(dir, "kms-cross-signed.json");
    json_t *all = json_loads((const char *)text.data, 0, NULL);
    json_t *one;
    size_t i;

    if (json_array_size(all) == 0)
        die("kms-cross-signed.json", "it is no list of cases");
    json_array_foreach(all, i, one) count(text_in(one, "id"), check_one(one));
    json_decref(all);
    evc_buf_reset(&text);
}

int
main(int argc, char **argv)
{
    if (argc != 2)
        die("usage", "sigv4 DIR");
    must(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL), "arena");
    must(evc_crypto_open(env, &crypto, NULL), "cryptography");
    check_suite(argv[1]);
    check_cross_signed(argv[1]);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed ? EXIT_FAILED : 0;
}
