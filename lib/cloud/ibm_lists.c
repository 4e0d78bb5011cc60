/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cloud/ibm_account.h"
#include "cloud/ibm_actions.h"
#include "cloud/ibm_fetch.h"

static const evc_operation_kind registrations_kind = {
    .name = "list registrations", .build = evc_ibm_ask_build, .read = evc_ibm_ask_read};
static const evc_operation_kind instances_kind = {.name = "list resource instances",
                                                  .build = evc_ibm_ask_build,
                                                  .read = evc_ibm_ask_read};

/* The text of a member, or NULL. */
static const char *
text_of(const evc_json *of, const char *name)
{
    const char *text = NULL;

    return evc_json_text(of, name, &text, NULL) ? NULL : text;
}

/* --- list-registrations --- */

static int
put_registration(void *user, const evc_json *resource, evc_error **err)
{
    evc_table *out = user;
    bool prevents = false;
    int rc = evc_json_bool_opt(resource, "preventKeyDeletion", &prevents, err);

    rc = evc_ibm_reply_check(rc, err);
    if (!rc)
        rc = evc_table_add_row(out, err);
    if (!rc)
        rc = evc_table_set(out, "key", text_of(resource, "keyId"), err);
    if (!rc)
        rc = evc_table_set(out, "resource", text_of(resource, "resourceCrn"), err);
    if (!rc)
        rc = evc_table_set(out, "version",
                           evc_ibm_reply_inner(resource, "keyVersion", "id"), err);
    if (!rc)
        rc = evc_table_set(out, "prevents-deletion", prevents ? "true" : "false", err);
    if (!rc)
        rc = evc_table_set(out, "description", text_of(resource, "description"), err);
    if (!rc)
        rc = evc_table_set_time(out, "created",
                                evc_ibm_reply_time(resource, "creationDate"), err);
    return rc;
}

static int
list_registrations(evc_service *service, const evc_kv *args, evc_wait *wait,
                   evc_table *out, evc_error **err)
{
    const char *resource = evc_service_arg(args, "resource");
    evc_ibm_ask ask;
    int rc;

    if (evc_service_arg(args, "key")) {
        rc = evc_ibm_account_ask_key(service, args, &registrations_kind, "GET", &ask,
                                     err);
        ask.path[2] = "registrations";
    } else {
        rc = evc_ibm_account_ask(service, &registrations_kind, "GET", &ask, err);
        ask.path[0] = "keys";
        ask.path[1] = "registrations";
    }
    if (resource)
        evc_form_add(&ask.query, "urlEncodedResourceCRNQuery", evc_view_text(resource));
    if (!rc)
        rc = evc_ibm_ask_pages(&ask, put_registration, out, wait, err);
    evc_ibm_ask_reset(&ask);
    return rc;
}

static const char *const registrations_takes[] = {"key", "resource", NULL};
static const char *const registrations_columns[] = {
    "key", "resource", "version", "prevents-deletion", "description", "created", NULL};
const evc_action evc_ibm_list_registrations = {
    .name = "list-registrations",
    .help = "lists which resources of the cloud a key protects, or all keys of the "
            "instance",
    .takes = registrations_takes,
    .columns = registrations_columns,
    .permission = EVC_IBM_READER,
    .run = list_registrations,
};

/* --- list-instances --- */

/* Only key services: the controller lists all kinds of resources. */
static int
put_instance(const evc_json *resource, evc_table *out, evc_error **err)
{
    const char *crn_text = text_of(resource, "crn");
    const evc_json *extensions = NULL;
    evc_ibm_crn crn;
    int rc;

    if (!crn_text || !evc_ibm_crn_parse(evc_view_text(crn_text), &crn))
        return 0;
    rc = evc_table_add_row(out, err);
    if (!rc)
        rc = evc_table_set(out, "instance", text_of(resource, "guid"), err);
    if (!rc)
        rc = evc_table_set(out, "name", text_of(resource, "name"), err);
    if (!rc)
        rc = evc_table_set(out, "service",
                           evc_view_is_text(crn.service, EVC_IBM_HPCS) ? "hyper-protect"
                                                                       : "key-protect",
                           err);
    if (!rc)
        rc = evc_table_set(out, "region", text_of(resource, "region_id"), err);
    if (!rc)
        rc = evc_table_set(out, "state", text_of(resource, "state"), err);
    if (!rc && !evc_json_object(resource, "extensions", &extensions, NULL)) {
        rc = evc_table_set(out, "public",
                           evc_ibm_reply_inner(extensions, "endpoints", "public"), err);
        if (!rc)
            rc = evc_table_set(out, "private",
                               evc_ibm_reply_inner(extensions, "endpoints", "private"),
                               err);
    }
    if (!rc)
        rc = evc_table_set(out, "crn", crn_text, err);
    return rc;
}

static bool
is_query_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-._~%&=+:", c) != NULL;
}

/*
 * The query of the next page, which is that of next_url; empty = there is none. Only the
 * query is taken: where to ask stays ours to say.
 */
static int
read_next(const evc_json *root, evc_buf *query, evc_error **err)
{
    const char *next = NULL;
    const char *start;
    int rc = evc_ibm_reply_check(evc_json_text_opt(root, "next_url", &next, err), err);

    evc_buf_clear(query);
    if (rc || !next || !next[0])
        return rc;
    start = strchr(next, '?');
    for (const char *c = start ? start + 1 : ""; *c; c++) {
        if (!is_query_byte((uint8_t)*c))
            start = NULL;
        if (!start)
            break;
    }
    if (!start || !start[1])
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the resource controller named a next page that is no page");
    evc_buf_put_text(query, start + 1);
    return evc_buf_check(query, err);
}

static int
read_page(evc_ibm_ask *ask, evc_table *out, evc_error **err)
{
    const evc_json *list = NULL;
    int rc;

    if (!ask->doc)
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the resource controller gave an empty reply");
    rc = evc_json_array(evc_json_root(ask->doc), "resources", &list, err);
    rc = evc_ibm_reply_check(rc, err);
    for (size_t i = 0; !rc && i < evc_json_count(list); i++)
        rc = put_instance(evc_json_at(list, i), out, err);
    return rc ? rc : read_next(evc_json_root(ask->doc), &ask->query, err);
}

#define PAGES 10000u

static int
list_instances(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
               evc_error **err)
{
    const evc_ibm_account *account = service->state;
    evc_ibm_ask ask = {.kind = &instances_kind,
                       .peer = account->controller,
                       .method = "GET",
                       .base = "/v2",
                       .path = {"resource_instances"}};
    size_t pages = 0;
    int rc;

    (void)args;
    evc_form_add(&ask.query, "limit", evc_view_text("100"));
    evc_form_add(&ask.query, "type", evc_view_text("service_instance"));
    do {
        rc = evc_ibm_ask_run(&ask, wait, err);
        if (!rc)
            rc = read_page(&ask, out, err);
        if (!rc && ++pages > PAGES)
            rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                         "the resource controller listed %u pages and no end of them",
                         PAGES);
    } while (!rc && ask.query.size);
    evc_ibm_ask_reset(&ask);
    return rc;
}

static const char *const instances_columns[] = {
    "instance", "name", "service", "region", "state", "public", "private", "crn", NULL};
const evc_action evc_ibm_list_instances = {
    .name = "list-instances",
    .help = "lists the instances of Key Protect and Hyper Protect Crypto Services",
    .columns = instances_columns,
    .permission = EVC_IBM_VIEWER,
    .run = list_instances,
};

/* --- show-private-port --- */

static int
show_port(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
          evc_error **err)
{
    uint16_t port = 0;
    evc_ibm_ask ask;
    int rc = evc_ibm_account_ask(service, NULL, "GET", &ask, err);

    (void)args;
    if (!rc)
        rc = evc_ibm_fetch_port(ask.peer, ask.target, wait, &port, err);
    if (!rc && port)
        rc = evc_table_add_row(out, err);
    if (!rc && port)
        rc = evc_table_set_number(out, "private-port", port, err);
    return rc;
}

static const char *const port_columns[] = {"#private-port", NULL};
const evc_action evc_ibm_show_private_port = {
    .name = "show-private-port",
    .help = "tells the port of the private endpoint where a policy of allowed "
            "addresses holds",
    .columns = port_columns,
    .permission = EVC_IBM_READER,
    .run = show_port,
};
