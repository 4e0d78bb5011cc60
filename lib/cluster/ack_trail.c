/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_trail.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "cloud/alibaba_arn.h"
#include "cluster/ack_call.h"

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

bool
evc_ack_trail_is_use(const evc_json *event, const char *key_arn)
{
    evc_alibaba_arn key;

    return evc_alibaba_arn_parse(evc_view_text(key_arn), &key) && is_use(event) &&
           is_by_role(event) &&
           (is_asked_with(event, &key) || is_referred_to(event, &key) ||
            names_key(&key, text_of(event, "resourceName")));
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

static void
keep_use(const evc_json *event, evc_ack_use *out)
{
    out->found = true;
    (void)snprintf(out->action, sizeof(out->action), "%s", text_of(event, "eventName"));
    (void)snprintf(out->when, sizeof(out->when), "%s", text_of(event, "eventTime"));
    (void)snprintf(out->event_id, sizeof(out->event_id), "%s",
                   text_of(event, "eventId"));
}

/* *token: where it goes on, NULL at the end; the caller's to free. */
static int
take_page(const evc_json *root, const char *key_arn, evc_ack_use *out, char **token,
          evc_error **err)
{
    const evc_json *events;
    const char *next = NULL;
    int rc = evc_json_array(root, "Events", &events, err);

    if (!rc)
        rc = evc_json_text_opt(root, "NextToken", &next, err);
    for (size_t i = 0; !rc && !out->found && i < evc_json_count(events); i++) {
        const evc_json *event = evc_json_at(events, i);

        if (evc_ack_trail_is_use(event, key_arn))
            keep_use(event, out);
    }
    if (rc || out->found || !next || !next[0])
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
evc_ack_trail_look(const evc_ack_place *place, const char *key_arn, evc_wait *wait,
                   evc_ack_use *out, evc_error **err)
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
            rc = take_page(evc_json_root(doc), key_arn, out, &next, err);
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
