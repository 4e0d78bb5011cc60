/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_trail.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "cloud/alibaba_arn.h"
#include "cluster/ack_call.h"
#include "cluster/ack_tasks.h"

#define ROLE "aliyuncsmanagedsecurityrole"
#define PAGE "50"
#define PAGES 20u    /* a thousand events of the role, newest first */
#define PAUSE_MS 600 /* two calls a second are allowed, as they arrive there */

static const evc_operation_kind lookup_kind = EVC_ACK_CALLS("LookupEvents");

/* --- one event --- */

/* "" for what is missing or no text. */
static const char *
text_of(const evc_json *of, const char *name)
{
    const char *text = NULL;

    return evc_json_text_opt(of, name, &text, NULL) || !text ? "" : text;
}

static bool
is_by_role(const evc_json *event)
{
    const evc_json *who;

    return evc_json_object(event, "userIdentity", &who, NULL) == 0 &&
           strcmp(text_of(who, "type"), "assumed-role") == 0 &&
           strncasecmp(text_of(who, "userName"), ROLE ":", sizeof(ROLE)) == 0;
}

static bool
is_use(const evc_json *event)
{
    static const char *const names[] = {"Encrypt", "Decrypt", "GenerateDataKey"};
    const char *name = text_of(event, "eventName");

    if (strcasecmp(text_of(event, "serviceName"), "kms") != 0 ||
        text_of(event, "errorCode")[0])
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static bool
names_key(const evc_alibaba_arn *key, const char *text)
{
    return text[0] && evc_alibaba_arn_names(key, evc_view_text(text));
}

/* Among what was asked with: a Decrypt names no key there. */
static bool
is_asked_with(const evc_json *event, const evc_alibaba_arn *key)
{
    const evc_json *with;
    const char *name = NULL;

    if (evc_json_object(event, "requestParameters", &with, NULL))
        return false;
    while ((name = evc_json_next_name(with, name))) {
        if (names_key(key, text_of(with, name)))
            return true;
    }
    return false;
}

/* {"ACS::KMS::Key": ["key-…"]} */
static bool
is_referred_to(const evc_json *event, const evc_alibaba_arn *key)
{
    const evc_json *resources;
    const char *name = NULL;

    if (evc_json_object(event, "referencedResources", &resources, NULL))
        return false;
    while ((name = evc_json_next_name(resources, name))) {
        const evc_json *list;

        if (evc_json_array(resources, name, &list, NULL))
            continue;
        for (size_t i = 0; i < evc_json_count(list); i++) {
            const char *text = evc_json_as_text(evc_json_at(list, i));

            if (text && names_key(key, text))
                return true;
        }
    }
    return false;
}

static bool
is_of_key(const evc_json *event, const char *key_arn)
{
    evc_alibaba_arn key;

    return evc_alibaba_arn_parse(evc_view_text(key_arn), &key) &&
           (is_asked_with(event, &key) || is_referred_to(event, &key) ||
            names_key(&key, text_of(event, "resourceName")));
}

/* -1 = it does not say. */
static int64_t
time_of(const evc_json *event)
{
    return evc_ack_tasks_time(text_of(event, "eventTime"));
}

/* --- whose it is --- */

/* What texts say of clusters. */
typedef struct naming {
    const char *cluster; /* that is sought */
    bool ours;
    bool others;
} naming;

static bool
is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* An id as ACK makes them, at this word: c and 32 hexadecimal digits. */
static bool
is_id(const char *word, size_t size)
{
    return size == 33 && word[0] == 'c' &&
           strspn(&word[1], "0123456789abcdef") >= size - 1;
}

/* Words are what stands between signs: "shop:c0123…", "…/c0123…". */
static void
read_naming(const char *text, naming *of)
{
    size_t at = 0;

    while (text[at]) {
        size_t size = 0;

        while (is_word(text[at + size]))
            size++;
        if (size == strlen(of->cluster) && strncmp(&text[at], of->cluster, size) == 0)
            of->ours = true;
        else if (is_id(&text[at], size))
            of->others = true;
        at += size ? size : 1;
    }
}

static void
read_texts(const evc_json *object, naming *of)
{
    const char *name = NULL;

    while ((name = evc_json_next_name(object, name)))
        read_naming(text_of(object, name), of);
}

/* Who asked, with what, and what is said besides; also in a context of encryption, which is
 * JSON in a text, or an object. */
static void
read_event(const evc_json *event, naming *of)
{
    const evc_json *context;
    const evc_json *part;
    const char *name = NULL;

    read_texts(event, of);
    while ((name = evc_json_next_name(event, name))) {
        if (evc_json_object(event, name, &part, NULL))
            continue;
        read_texts(part, of);
        if (evc_json_object(part, "EncryptionContext", &context, NULL) == 0)
            read_texts(context, of);
    }
}

evc_ack_whose
evc_ack_trail_judge(const evc_json *event, const evc_ack_sought *sought)
{
    naming of = {.cluster = sought->cluster};

    if (!is_use(event) || !is_by_role(event) || !is_of_key(event, sought->key_arn) ||
        time_of(event) < 0 || time_of(event) < sought->from_ms)
        return EVC_ACK_NO_USE;
    read_event(event, &of);
    if (of.ours)
        return EVC_ACK_OURS;
    return of.others ? EVC_ACK_OTHERS : EVC_ACK_SOMEBODYS;
}

/* --- pages --- */

static int
ask_page(const evc_ack_place *place, const char *token, evc_wait *wait,
         evc_json_doc **out, evc_error **err)
{
    const evc_alibaba_parameter query[] = {{"LookupAttribute.1.Key", "RoleName"},
                                           {"LookupAttribute.1.Value", ROLE},
                                           {"MaxResults", PAGE},
                                           {"NextToken", token},
                                           {NULL, NULL}};
    evc_ack_call call = {.query = query};
    int rc = evc_ack_call_run(place->trail, &lookup_kind, NULL, &call, wait, err);

    *out = call.doc;
    return rc;
}

/* The newest of those that are not another cluster's, and of these one that is ours. */
static void
keep_use(const evc_json *event, evc_ack_whose whose, evc_ack_use *out)
{
    if (whose == EVC_ACK_NO_USE || out->whose == EVC_ACK_OURS || out->whose == whose ||
        (whose == EVC_ACK_OTHERS && out->whose != EVC_ACK_NO_USE))
        return;
    out->whose = whose;
    (void)snprintf(out->action, sizeof(out->action), "%s", text_of(event, "eventName"));
    (void)snprintf(out->when, sizeof(out->when), "%s", text_of(event, "eventTime"));
    (void)snprintf(out->event_id, sizeof(out->event_id), "%s",
                   text_of(event, "eventId"));
}

static bool
is_found(const evc_ack_use *use)
{
    return use->whose == EVC_ACK_OURS || use->whose == EVC_ACK_SOMEBODYS;
}

/* The newest come first. */
static bool
is_before(const evc_json *event, const evc_ack_sought *sought)
{
    int64_t when = time_of(event);

    return when >= 0 && when < sought->from_ms;
}

/* *token: where it goes on, NULL at the end; the caller's to free. */
static int
take_page(const evc_json *root, const evc_ack_sought *sought, evc_ack_use *out,
          char **token, evc_error **err)
{
    const evc_json *events;
    const char *next = NULL;
    bool before = false;
    int rc = evc_json_array(root, "Events", &events, err);

    if (!rc)
        rc = evc_json_text_opt(root, "NextToken", &next, err);
    for (size_t i = 0; !rc && i < evc_json_count(events); i++) {
        const evc_json *event = evc_json_at(events, i);

        before = is_before(event, sought);
        keep_use(event, evc_ack_trail_judge(event, sought), out);
    }
    if (rc || is_found(out) || before || !next || !next[0])
        return rc;
    *token = evc_mem_strdup(next);
    return *token ? 0 : evc_err_nomem(err);
}

/* A sleep may end before its time. */
static int
pause_for(evc_wait *wait, int64_t ms, evc_error **err)
{
    const int64_t until = evc_clock_monotonic_ms(wait->clock) + ms;
    int64_t left = ms;
    int rc = 0;

    while (!rc && left > 0) {
        rc = evc_wait_sleep_for(wait, left, err);
        left = until - evc_clock_monotonic_ms(wait->clock);
    }
    return rc;
}

int
evc_ack_trail_look(const evc_ack_place *place, const evc_ack_sought *sought,
                   evc_wait *wait, evc_ack_use *out, evc_error **err)
{
    char *token = NULL;
    int rc = 0;

    *out = (evc_ack_use){.whole = true};
    for (uint32_t number = 1; !rc; number++) {
        evc_json_doc *doc = NULL;
        char *next = NULL;

        rc = ask_page(place, token, wait, &doc, err);
        evc_mem_free(token);
        if (!rc)
            rc = take_page(evc_json_root(doc), sought, out, &next, err);
        evc_json_free(doc);
        token = next;
        if (rc || !token)
            break;
        if (number == PAGES) {
            out->whole = false;
            break;
        }
        if (wait)
            rc = pause_for(wait, PAUSE_MS, err);
    }
    evc_mem_free(token);
    return evc_ack_call_result(&lookup_kind, rc, err);
}
